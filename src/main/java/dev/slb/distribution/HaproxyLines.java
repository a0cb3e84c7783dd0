package dev.slb.distribution;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** HAProxy's {@code option httplog} and {@code option tcplog}, with whatever syslog puts in front. */
final class HaproxyLines extends LogLines {

    private static final Pattern PORT_AND_TIME =
            Pattern.compile(":(\\d{1,5}) \\[(\\d\\d/[A-Z][a-z]{2}/\\d{4}:\\d\\d:\\d\\d:\\d\\d\\.\\d{3})] ");
    private static final List<String> WANTED = List.of("backend", "server", "timers", "state");
    private static final Template HTTP = new Template(
            "$frontend $backend/$server $timers $status $bytes $request_cookie $response_cookie $state $counts $rest",
            WANTED);
    private static final Template TCP =
            new Template("$frontend $backend/$server $timers $bytes $state $counts $rest", WANTED);

    private final boolean http;

    HaproxyLines(boolean http) {
        super(http ? "haproxy-http" : "haproxy-tcp");
        this.http = http;
    }

    @Override
    boolean namesServers() {
        return true;
    }

    @Override
    Hit read(String line) {
        Matcher head = PORT_AND_TIME.matcher(line);
        if (!head.find()) {
            return null;
        }
        String[] values = (http ? HTTP : TCP).match(line, head.end());
        if (values == null
                || values[2].chars().filter(c -> c == '/').count() != (http ? 4 : 2)
                || values[3].length() != (http ? 4 : 2)) {
            return null;
        }
        // <NOSRV>: refused, redirected or answered by HAProxy itself.
        String server = values[1].startsWith("<") ? null : values[1];
        String client = line.substring(line.lastIndexOf(' ', head.start()) + 1, head.start());
        return new Hit(values[0], server, orNull(client), port(head.group(1)), time(head.group(2)));
    }
}
