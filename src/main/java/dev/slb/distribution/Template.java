package dev.slb.distribution;

import java.util.ArrayList;
import java.util.List;

/**
 * A format string like those of NGINX and our access log, used to read lines. A value ends where the next literal
 * begins, without ever going back: the time is linear in the line, whatever a client has put into it.
 */
final class Template {

    /** Takes the rest of the line. */
    static final String REST = "rest";

    private record Variable(String name, String literalAfter, boolean quoted, int wanted) {}

    private final String start;
    private final List<Variable> variables = new ArrayList<>();
    private final int wantedCount;

    /**
     * @param wanted the variables whose values are given, in their order
     * @throws IllegalArgumentException when it can't be read back: a wanted variable has nothing between it and the next, or there
     *     are none
     */
    Template(String format, List<String> wanted) {
        wantedCount = wanted.size();
        List<String> names = new ArrayList<>();
        List<String> literals = new ArrayList<>();
        StringBuilder literal = new StringBuilder();
        for (int at = 0; at < format.length(); ) {
            char c = format.charAt(at++);
            if (c != '$' || format.startsWith("$", at)) {
                literal.append(c);
                at += c == '$' ? 1 : 0;
                continue;
            }
            boolean braces = format.startsWith("{", at);
            int begin = braces ? at + 1 : at;
            int end = begin;
            while (end < format.length()
                    && (format.charAt(end) == '_' || Character.isLetterOrDigit(format.charAt(end)))) {
                end++;
            }
            if (end == begin || braces && !format.startsWith("}", end)) {
                throw new IllegalArgumentException("a $ without a variable");
            }
            String name = format.substring(begin, end);
            at = braces ? end + 1 : end;
            if (!names.isEmpty() && literal.length() == 0) {
                String before = names.get(names.size() - 1);
                if (wanted.contains(before) || wanted.contains(name)) {
                    throw new IllegalArgumentException("nothing between $" + before + " and $" + name);
                }
                continue;
            }
            names.add(name);
            literals.add(literal.toString());
            literal.setLength(0);
        }
        if (names.isEmpty()) {
            throw new IllegalArgumentException("no $variable");
        }
        literals.add(literal.toString());
        start = literals.get(0);
        for (int i = 0; i < names.size(); i++) {
            String after = literals.get(i + 1);
            boolean quoted = literals.get(i).endsWith("\"") && after.startsWith("\"");
            variables.add(new Variable(names.get(i), after, quoted, wanted.indexOf(names.get(i))));
        }
    }

    boolean has(String variable) {
        return variables.stream().anyMatch(each -> each.name().equals(variable));
    }

    /** The wanted values, null for those that the format has not; or null when the line is not of this format. */
    String[] match(String line, int from) {
        if (!line.startsWith(start, from)) {
            return null;
        }
        String[] values = new String[wantedCount];
        int at = from + start.length();
        for (Variable variable : variables) {
            int end = end(variable, line, at);
            if (end < 0) {
                return null;
            }
            if (variable.wanted() >= 0) {
                values[variable.wanted()] = line.substring(at, end);
            }
            at = end + variable.literalAfter().length();
        }
        return at == line.length() ? values : null;
    }

    private static int end(Variable variable, String line, int start) {
        String after = variable.literalAfter();
        if (after.isEmpty()) {
            return line.length();
        }
        if (after.equals(":")) {
            // address:port, where an IPv6 address has colons of its own.
            int space = line.indexOf(' ', start);
            int colon = line.lastIndexOf(':', space < 0 ? line.length() : space);
            return colon < start ? -1 : colon;
        }
        boolean list = variable.name().startsWith("upstream_");
        int end = line.indexOf(after, start);
        while (end >= 0) {
            if (variable.quoted() && isEscaped(line, start, end)) {
                end = line.indexOf(after, end + 1);
            } else if (list && end > start && line.charAt(end - 1) == ',') {
                end = line.indexOf(after, end + 1);
            } else if (list && line.startsWith(" : ", end)) {
                // NGINX: passed on to another group.
                end = line.indexOf(after, end + 3);
            } else {
                return end;
            }
        }
        return -1;
    }

    private static boolean isEscaped(String line, int start, int quote) {
        int backslashes = 0;
        while (quote - backslashes > start && line.charAt(quote - backslashes - 1) == '\\') {
            backslashes++;
        }
        return backslashes % 2 == 1;
    }
}
