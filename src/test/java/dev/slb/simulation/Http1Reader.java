package dev.slb.simulation;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Reads messages of HTTP/1.1 as they come, and takes nothing that is not exactly as it should be. */
final class Http1Reader {

    /** Has what is read. */
    interface Sink {

        /**
         * The head of a message.
         *
         * @param start its first line
         * @return the length of its body; -1: to the end of the connection, -2: as the head says
         */
        long head(String start, Fields fields);

        /** Some of its body. */
        void body(byte[] bytes, int start, int length);

        /** All of it has come. */
        void end();

        /** It is none. */
        void broken(String why);
    }

    static final long UNTIL_CLOSE = -1;
    static final long AS_IT_SAYS = -2;

    /** Fields in their order. */
    static final class Fields {
        private final List<String[]> lines = new ArrayList<>();

        void add(String name, String value) {
            lines.add(new String[] {name.toLowerCase(Locale.ROOT), value});
        }

        /** Null when there is none, or more than one. */
        String one(String name) {
            List<String> all = all(name);
            return all.size() == 1 ? all.get(0) : null;
        }

        List<String> all(String name) {
            return lines.stream()
                    .filter(line -> line[0].equals(name))
                    .map(line -> line[1])
                    .toList();
        }

        List<String[]> lines() {
            return lines;
        }
    }

    private enum State {
        HEAD,
        LENGTH,
        UNTIL_CLOSE,
        CHUNK_SIZE,
        CHUNK,
        CHUNK_END,
        TRAILERS,
        BROKEN
    }

    private static final int MOST_LINE = 64 * 1024;

    private final Sink sink;
    private final StringBuilder line = new StringBuilder();
    private final List<String> head = new ArrayList<>();
    private State state = State.HEAD;
    private long left;

    Http1Reader(Sink sink) {
        this.sink = sink;
    }

    /** Whether a message has begun and not ended. */
    boolean isWithin() {
        return state != State.HEAD || !head.isEmpty() || line.length() > 0;
    }

    /** Whether a head has begun and not ended, or nothing has. */
    boolean isBeforeHead() {
        return state == State.HEAD;
    }

    void read(byte[] bytes, int start, int length) {
        int at = start;
        int end = start + length;
        while (at < end && state != State.BROKEN) {
            switch (state) {
                case LENGTH, CHUNK, UNTIL_CLOSE -> {
                    int piece = state == State.UNTIL_CLOSE ? end - at : (int) Math.min(left, end - at);
                    sink.body(bytes, at, piece);
                    at += piece;
                    if (state != State.UNTIL_CLOSE) {
                        left -= piece;
                        if (left == 0) {
                            if (state == State.LENGTH) {
                                ended();
                            } else {
                                state = State.CHUNK_END;
                            }
                        }
                    }
                }
                default -> {
                    byte b = bytes[at++];
                    line.append((char) (b & 0xff));
                    if (b == '\n') {
                        line(line.toString());
                        line.setLength(0);
                    } else if (line.length() > MOST_LINE) {
                        broken("a line without an end");
                    }
                }
            }
        }
    }

    /** The connection has ended. @return whether that is a good place for it */
    boolean closed() {
        if (state == State.UNTIL_CLOSE) {
            ended();
            return true;
        }
        return !isWithin();
    }

    private void ended() {
        state = State.HEAD;
        sink.end();
    }

    private void broken(String why) {
        state = State.BROKEN;
        sink.broken(why);
    }

    private void line(String text) {
        if (!text.endsWith("\r\n")) {
            broken("a line that ends without CR: " + text);
            return;
        }
        String content = text.substring(0, text.length() - 2);
        switch (state) {
            case HEAD -> {
                if (!content.isEmpty()) {
                    head.add(content);
                } else if (head.isEmpty()) {
                    broken("an empty line before a message");
                } else {
                    head();
                }
            }
            case CHUNK_SIZE -> {
                int semicolon = content.indexOf(';');
                try {
                    left = Long.parseLong(semicolon < 0 ? content : content.substring(0, semicolon), 16);
                } catch (NumberFormatException e) {
                    broken("not the size of a chunk: " + content);
                    return;
                }
                state = left == 0 ? State.TRAILERS : State.CHUNK;
            }
            case CHUNK_END -> {
                if (content.isEmpty()) {
                    state = State.CHUNK_SIZE;
                } else {
                    broken("a chunk is longer than it says");
                }
            }
            case TRAILERS -> {
                if (content.isEmpty()) {
                    ended();
                }
            }
            default -> throw new IllegalStateException(state.toString());
        }
    }

    private void head() {
        Fields fields = new Fields();
        for (String each : head.subList(1, head.size())) {
            int colon = each.indexOf(':');
            if (colon < 1 || each.charAt(colon - 1) == ' ') {
                broken("not a field: " + each);
                return;
            }
            fields.add(each.substring(0, colon), each.substring(colon + 1).trim());
        }
        String start = head.get(0);
        head.clear();
        List<String> lengths = fields.all("content-length");
        List<String> codings = fields.all("transfer-encoding");
        if (lengths.size() > 1 || codings.size() > 1 || !lengths.isEmpty() && !codings.isEmpty()) {
            broken("two lengths: " + lengths + codings);
            return;
        }
        long length = sink.head(start, fields);
        if (state == State.BROKEN) {
            return;
        }
        if (length == AS_IT_SAYS) {
            if (!codings.isEmpty()) {
                if (!codings.get(0).equals("chunked")) {
                    broken("unknown coding " + codings);
                    return;
                }
                state = State.CHUNK_SIZE;
                return;
            }
            length = lengths.isEmpty() ? UNTIL_CLOSE : Long.parseLong(lengths.get(0));
        }
        if (length == UNTIL_CLOSE) {
            state = State.UNTIL_CLOSE;
        } else if (length == 0) {
            ended();
        } else {
            left = length;
            state = State.LENGTH;
        }
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
