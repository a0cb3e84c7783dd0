package dev.slb.plan;

/** How a server of a group is chosen (classic SLB), and what follows from that for everybody else. */
public enum SchedulerType {
    /** Weighted round robin, smooth. */
    WRR(Way.WEIGHT, Layers.ANY),
    /** Round robin: ignores weights, 0 excepted. */
    RR(Way.TURN, Layers.ANY),
    /** Weighted least connections: fewest live connections (layer 7: requests) for its weight. */
    WLC(Way.LOAD, Layers.ANY),
    /** Consistent hash of the source address; layer 4. */
    SCH(Way.HASH, Layers.LAYER_4),
    /** Consistent hash of both addresses and ports; layer 4. */
    TCH(Way.HASH, Layers.LAYER_4),
    /** Consistent hash of the QUIC connection id; UDP. */
    QCH(Way.HASH, Layers.UDP);

    private enum Way {
        WEIGHT,
        TURN,
        LOAD,
        HASH
    }

    private enum Layers {
        ANY,
        LAYER_4,
        UDP
    }

    private final Way way;
    private final Layers layers;

    SchedulerType(Way way, Layers layers) {
        this.way = way;
        this.layers = layers;
    }

    /** Whether a client decides by what it is: the weights are followed only over many clients. */
    public boolean hashes() {
        return way == Way.HASH;
    }

    /** Whether servers get by what they have now: the weights are followed only where all are equally fast. */
    public boolean countsLoad() {
        return way == Way.LOAD;
    }

    /** Whether all weights but 0 are the same. */
    public boolean ignoresWeights() {
        return way == Way.TURN;
    }

    /** Whether servers that come begin with a part of their weight. A turn has no weights, and a hash must not wander. */
    public boolean startsSlowly() {
        return way == Way.WEIGHT || way == Way.LOAD;
    }

    /** Whether it needs what only connections and datagrams have. */
    public boolean layer4Only() {
        return layers != Layers.ANY;
    }

    /** Whether it needs QUIC, and remembers which connection id is whose. */
    public boolean udpOnly() {
        return layers == Layers.UDP;
    }
}
