package dev.slb.cli.local;

import java.util.ArrayList;
import java.util.List;

/** Lines of columns, each as wide as it needs to be. */
public final class TextTable {

    private static final String GAP = "  ";

    private final boolean[] right;
    private final List<String[]> rows = new ArrayList<>();

    /** @param columns one character each: {@code <} aligned left, {@code >} right */
    public TextTable(String columns) {
        right = new boolean[columns.length()];
        for (int i = 0; i < right.length; i++) {
            right[i] = columns.charAt(i) == '>';
        }
    }

    public TextTable row(String... cells) {
        if (cells.length > right.length) {
            throw new IllegalArgumentException(cells.length + " cells in " + right.length + " columns");
        }
        rows.add(cells);
        return this;
    }

    /** The same table without the column that the first row calls so. */
    TextTable without(String name) {
        int column = List.of(rows.get(0)).indexOf(name);
        StringBuilder columns = new StringBuilder();
        for (boolean each : right) {
            columns.append(each ? '>' : '<');
        }
        TextTable table = new TextTable(columns.deleteCharAt(column).toString());
        for (String[] row : rows) {
            List<String> cells = new ArrayList<>(List.of(row));
            if (column < cells.size()) {
                cells.remove(column);
            }
            table.row(cells.toArray(String[]::new));
        }
        return table;
    }

    /** Of the longest line. */
    int width() {
        return lines().stream().mapToInt(String::length).max().orElse(0);
    }

    public List<String> lines() {
        int[] width = new int[right.length];
        for (String[] row : rows) {
            // What stands alone at the end of its row, such as a message, makes no column wide.
            int last = row.length < right.length ? row.length - 1 : row.length;
            for (int i = 0; i < last; i++) {
                width[i] = Math.max(width[i], row[i].length());
            }
        }
        List<String> lines = new ArrayList<>();
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.length; i++) {
                String padding = " ".repeat(Math.max(0, width[i] - row[i].length()));
                line.append(i == 0 ? "" : GAP)
                        .append(right[i] ? padding : "")
                        .append(row[i])
                        .append(right[i] ? "" : padding);
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }
}
