package dev.slb.forwarder.metrics;

/** Every metric of a forwarder, but those of the virtual machine; {@code docs/metrics.md} has the same list. */
enum Metric {
    LISTENER_CONNECTIONS_ACTIVE(Type.GAUGE, "Client connections open now"),
    LISTENER_CONNECTIONS_ACCEPTED(Type.COUNTER, "Client connections accepted"),
    LISTENER_CONNECTIONS_CLOSED(Type.COUNTER, "Client connections ended"),
    LISTENER_CONNECTIONS_LIMIT(Type.GAUGE, "Client connections that this forwarder takes at most"),
    LISTENER_RECEIVED_BYTES(Type.COUNTER, "Bytes from clients, without TLS"),
    LISTENER_SENT_BYTES(Type.COUNTER, "Bytes to clients, without TLS"),
    LISTENER_RECEIVED_PACKETS(Type.COUNTER, "UDP datagrams from clients that were passed on"),
    LISTENER_SENT_PACKETS(Type.COUNTER, "UDP datagrams to clients"),
    LISTENER_DROPPED_PACKETS(Type.COUNTER, "UDP datagrams that were not passed on, in either direction"),
    LISTENER_MOVED_FLOWS(Type.COUNTER, "UDP flows that went to another server: theirs left, failed or did not listen"),
    LISTENER_REFUSED_SEGMENTS(
            Type.COUNTER, "UDP: times that the kernel refused to send datagrams of a flow by one call"),
    LISTENER_REQUESTS(Type.COUNTER, "Requests by the class of the status that the client got"),
    LISTENER_REQUEST_DURATION_SECONDS(Type.HISTOGRAM, "From the first byte of a request to the last of its answer"),
    LISTENER_UPSTREAM_REQUESTS(Type.COUNTER, "Attempts at servers by the class of the status that came"),
    LISTENER_UPSTREAM_DURATION_SECONDS(
            Type.HISTOGRAM, "From the connection to a server to the last byte of its answer"),
    LISTENER_REFUSED(Type.COUNTER, "Connections and requests that were not served"),
    LISTENER_GZIP_INPUT_BYTES(Type.COUNTER, "Bytes of answers before they were compressed"),
    LISTENER_GZIP_OUTPUT_BYTES(Type.COUNTER, "The same bytes compressed"),
    LISTENER_BANDWIDTH_WAITS(Type.COUNTER, "How often connections had to wait for bandwidth"),
    LISTENER_BANDWIDTH_WAIT_SECONDS(Type.COUNTER, "For how long connections had to wait for bandwidth, added up"),

    LOAD_BALANCER_CONNECTIONS_ACTIVE(Type.GAUGE, "Client connections open now, of all listeners"),
    LOAD_BALANCER_CONNECTIONS_LIMIT(Type.GAUGE, "Client connections that this forwarder takes at most"),
    LOAD_BALANCER_CONNECTIONS_PER_SECOND_LIMIT(Type.GAUGE, "New connections that this forwarder takes in a second"),
    LOAD_BALANCER_REQUESTS_PER_SECOND_LIMIT(Type.GAUGE, "Requests that this forwarder takes in a second"),
    LOAD_BALANCER_BANDWIDTH_LIMIT_BITS_PER_SECOND(Type.GAUGE, "Bandwidth of this forwarder, each way"),

    GROUP_SERVERS(Type.GAUGE, "Servers of the group by what their checks say"),
    GROUP_PAUSED_SERVERS(
            Type.GAUGE, "Servers of the group that traffic leaves out for a while, as it can't reach them"),
    GROUP_BALANCED(Type.GAUGE, "1: traffic follows the weights; 0: it does not"),

    HEALTH_CHECKS(Type.COUNTER, "Health checks that have ended"),
    FIRST_CHECKS_WAITING(
            Type.GAUGE, "Servers that wait for their first check, as there are more than may be checked at once"),
    PAUSES(Type.COUNTER, "How often traffic was to leave a server out for a while, as it could not reach it"),
    ACCESS_LOG_DROPPED_LINES(Type.COUNTER, "Lines of the access log that are lost"),
    DOCUMENTS(Type.GAUGE, "Plan documents by what became of them"),
    KEPT_ACTIONS(
            Type.GAUGE,
            "Listeners and rules that go on as before, since what they refer to can't be used; a new forwarder has nothing to go on with"),
    FORWARDER_DRAINING(Type.GAUGE, "1 while the forwarder lets its connections end"),
    FORWARDER_INFO(Type.GAUGE, "Always 1"),
    EVENT_LOOP_PENDING_TASKS(Type.GAUGE, "Tasks that wait for the event loop"),
    ADMIN_CONNECTIONS(Type.GAUGE, "Connections to the admin port open now"),
    ADMIN_REFUSED(Type.COUNTER, "Connections and requests that the admin port ended or did not serve"),
    BUFFER_MEMORY_BYTES(Type.GAUGE, "Memory that the pool of buffers holds"),

    SERVER_PICKS(Type.COUNTER, "Connections (layer 4) or requests (layer 7) that went to the server"),
    SERVER_ACTIVE(Type.GAUGE, "Those that run now"),
    SERVER_HEALTHY(Type.GAUGE, "1: the server may get something new, as far as its checks say; 0: not"),
    SERVER_PAUSED(Type.GAUGE, "1: traffic leaves the server out for a while, as it can't reach it; 0: not"),
    SERVER_SHARE_EXPECTED_RATIO(Type.GAUGE, "The share that the weight asks for"),
    SERVER_SHARE_SEEN_RATIO(Type.GAUGE, "The share that it got, over the window of the comparison");

    enum Type {
        COUNTER,
        GAUGE,
        HISTOGRAM
    }

    private final Type type;
    private final String help;

    Metric(Type type, String help) {
        this.type = type;
        this.help = help;
    }

    Type type() {
        return type;
    }

    String help() {
        return help;
    }

    /** As the library wants it: a counter's {@code _total} is added when it is written. */
    String baseName() {
        return "slb_" + name().toLowerCase(java.util.Locale.ROOT);
    }

    /** As it is scraped. */
    String fullName() {
        return type == Type.COUNTER ? baseName() + "_total" : baseName();
    }
}
