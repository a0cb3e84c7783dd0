package dev.slb.cli.playground;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A terminal that shows one page which is drawn again and again, and below it the line that a person types.
 *
 * <p>Plain ANSI sequences; what is typed stays with the terminal's own line editing.
 */
public final class Terminal implements AutoCloseable {

    private static final String ESC = "\u001b[";
    private static final String ALTERNATE_SCREEN = ESC + "?1049h";
    private static final String NORMAL_SCREEN = ESC + "?1049l";
    private static final String CLEAR_TO_END_OF_LINE = ESC + "K";
    private static final String CLEAR_BELOW = ESC + "J";
    private static final String SAVE_CURSOR = "\u001b7";
    private static final String RESTORE_CURSOR = "\u001b8";
    private static final String PROMPT = "> ";

    private final PrintStream out;
    private Size size = new Size(24, 80);
    private boolean promptNeeded = true;

    public record Size(int rows, int columns) {}

    /** Switches to a screen of its own, so that what was there before is there again afterwards. */
    public Terminal(PrintStream out) {
        this.out = out;
        measure();
        print(ALTERNATE_SCREEN);
    }

    /** Whether standard input and output are a terminal that understands ANSI sequences. */
    public static boolean isInteractive() {
        String kind = System.getenv("TERM");
        if (kind == null || kind.equals("dumb") || !new File("/dev/tty").canRead()) {
            return false;
        }
        try {
            // System.console() says nothing of this on JDK 22 and later.
            Process test = new ProcessBuilder("sh", "-c", "test -t 0 && test -t 1")
                    .inheritIO()
                    .start();
            return test.waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Asks the terminal for its size, which changes with its window. Keeps what it knows when there is no answer. */
    public void measure() {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(new File("/dev/tty"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String answer = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).trim();
            if (stty.waitFor(1, TimeUnit.SECONDS) && stty.exitValue() == 0) {
                Size now = parse(answer);
                if (now != null && !now.equals(size)) {
                    size = now;
                    promptNeeded = true;
                }
            }
        } catch (IOException e) {
            // No stty here: the usual size will do.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static Size parse(String answer) {
        String[] parts = answer.split(" ");
        try {
            int rows = Integer.parseInt(parts[0]);
            int columns = Integer.parseInt(parts[1]);
            return rows > 0 && columns > 0 ? new Size(rows, columns) : null;
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            return null;
        }
    }

    Size size() {
        return size;
    }

    /** The person pressed return: the prompt is to be drawn afresh. */
    public void lineWasTyped() {
        promptNeeded = true;
    }

    /** Shows the page, cut to the window, with the prompt in the last row. */
    public void draw(List<String> page) {
        StringBuilder text = new StringBuilder();
        if (!promptNeeded) {
            text.append(SAVE_CURSOR);
        }
        text.append(ESC).append("H");
        for (String line : fit(page, size.rows - 1, size.columns)) {
            text.append(line).append(CLEAR_TO_END_OF_LINE).append("\r\n");
        }
        if (promptNeeded) {
            text.append(CLEAR_BELOW).append(ESC).append(size.rows).append(";1H").append(PROMPT);
            promptNeeded = false;
        } else {
            for (int row = Math.min(page.size(), size.rows - 1) + 1; row < size.rows; row++) {
                text.append(ESC).append(row).append(";1H").append(CLEAR_TO_END_OF_LINE);
            }
            text.append(RESTORE_CURSOR);
        }
        print(text.toString());
    }

    /** As many lines, and of each as many characters, as there is room for. */
    static List<String> fit(List<String> page, int rows, int columns) {
        List<String> lines = page;
        if (page.size() > rows) {
            int shown = Math.max(0, rows - 1);
            lines = new ArrayList<>(page.subList(0, shown));
            lines.add("... " + (page.size() - shown) + " more lines: a taller window shows them");
        }
        return lines.stream()
                .map(line -> line.length() <= columns ? line : line.substring(0, Math.max(0, columns - 1)) + "…")
                .toList();
    }

    private void print(String text) {
        out.print(text);
        out.flush();
    }

    @Override
    public void close() {
        print(NORMAL_SCREEN);
    }
}
