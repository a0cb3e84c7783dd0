package dev.slb.plan;

import java.util.ArrayList;
import java.util.List;

/**
 * The format of an access log: {@code JSON}, one object per line; or a format string as NGINX has them, where
 * {@code $field} or <code>${field}</code> stands for a {@link LogField} and {@code $$} for a dollar sign.
 *
 * @param parts of a format string in their order; empty for JSON
 */
public record LogFormat(List<Part> parts) {

    /** A piece of a format string. */
    public sealed interface Part {}

    /** @param text as it stands in every line */
    public record Literal(String text) implements Part {}

    /** @param field whose value stands here */
    public record Variable(LogField field) implements Part {}

    public static final LogFormat JSON = new LogFormat(List.of());

    /** The format string that the docs propose, and that {@code slb distribution} knows without being told. */
    public static final String TEXT =
            "$time $client_ip:$client_port $slbid:$slb_vport \"$request_method $scheme://$host"
                    + "$request_uri $server_protocol\" $status $body_bytes_sent $request_time"
                    + " upstream $upstream_addr $upstream_status $upstream_response_time"
                    + " \"$http_referer\" \"$http_user_agent\"";

    public LogFormat {
        parts = List.copyOf(parts);
    }

    public boolean isJson() {
        return parts.isEmpty();
    }

    /** @throws IllegalArgumentException with what {@link #validate} says */
    public static LogFormat parse(String format) {
        List<String> problems = new ArrayList<>();
        LogFormat parsed = parse(format, problems);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
        return parsed;
    }

    /** Every problem of the format, none for a good one. */
    public static List<String> validate(String format) {
        List<String> problems = new ArrayList<>();
        parse(format, problems);
        return List.copyOf(problems);
    }

    private static LogFormat parse(String format, List<String> problems) {
        if ("JSON".equals(format)) {
            return JSON;
        }
        if (format == null || format.chars().anyMatch(Character::isISOControl)) {
            problems.add(format == null ? "is missing" : "has a control character");
            return null;
        }
        List<Part> parts = new ArrayList<>();
        StringBuilder literal = new StringBuilder();
        for (int at = 0; at < format.length(); ) {
            char c = format.charAt(at++);
            if (c != '$') {
                literal.append(c);
            } else if (format.startsWith("$", at)) {
                literal.append(c);
                at++;
            } else {
                boolean braces = format.startsWith("{", at);
                int start = braces ? at + 1 : at;
                int end = endOfName(format, start);
                String name = format.substring(start, end);
                at = end;
                if (braces && !format.startsWith("}", at++)) {
                    problems.add("has no } after ${" + name);
                    return null;
                }
                LogField field = LogField.ofVariable(name);
                if (field == null) {
                    problems.add("has an unknown variable $" + name);
                    continue;
                }
                if (literal.length() > 0) {
                    parts.add(new Literal(literal.toString()));
                    literal.setLength(0);
                }
                parts.add(new Variable(field));
            }
        }
        if (literal.length() > 0) {
            parts.add(new Literal(literal.toString()));
        }
        if (problems.isEmpty() && parts.stream().noneMatch(Variable.class::isInstance)) {
            problems.add("is neither JSON nor a format string with a $variable");
        }
        return new LogFormat(parts);
    }

    private static int endOfName(String format, int start) {
        int end = start;
        while (end < format.length() && (format.charAt(end) == '_' || Character.isLetterOrDigit(format.charAt(end)))) {
            end++;
        }
        return end;
    }
}
