package dev.slb.forwarder.l7.exchange;

import dev.slb.forwarder.l7.head.ConnectionLogin;
import dev.slb.forwarder.table.Member;
import dev.slb.forwarder.table.TargetRuntime;
import dev.slb.forwarder.table.Usage;
import dev.slb.forwarder.transport.Loop;

/**
 * The server connection on which a {@link ConnectionLogin} of a client was seen, so that it is the client connection's own
 * from then on: later requests to the same servers go over it, whatever the scheduler says, and nobody else's do. A client
 * has one at most.
 */
public final class ClientLogin {

    private final Loop loop;

    /** The connection while no request is on it; null when there is none. */
    private OwnLeg idle;
    /** Of the last connection that was the client's own. */
    private Usage usage;

    private TargetRuntime target;
    /** The last answer has asked for the next step of a login. */
    private boolean continues;

    ClientLogin(Loop loop) {
        this.loop = loop;
    }

    /** It was seen on the connection that this leg is. One to another server ends: the client has only one login at a time. */
    void begin(ServerLeg leg, Usage of, TargetRuntime chosenFor) {
        close();
        usage = of;
        target = chosenFor;
        leg.belongTo(this);
    }

    /** @param step whether the answer asks for the next step of a login */
    void answered(boolean step) {
        continues = step;
    }

    /** The server that a request to this target goes to for its connection; null when there is none. */
    Member memberFor(TargetRuntime next) {
        if (idle == null || !next.hasServersOf(target)) {
            return null;
        }
        if (idle.isActive() && mayGoOn()) {
            return usage.member();
        }
        close();
        return null;
    }

    /** The connection, if it is one to this server; else null. */
    OwnLeg take(Member to) {
        return idle != null && to == usage.member() ? take() : null;
    }

    private OwnLeg take() {
        OwnLeg taken = idle;
        idle = null;
        usage.finish(loop, taken);
        return taken;
    }

    /** This server takes nothing more. */
    void closeTo(Member to) {
        if (idle != null && to == usage.member()) {
            close();
        }
    }

    /** Ends the login, if there is one and no request is on its connection. */
    public void close() {
        if (idle != null) {
            take().close();
        }
    }

    /** A login that has begun is completed; then a server that leaves or is abnormal gets nothing more. */
    private boolean mayGoOn() {
        return continues || usage.member().server().isPoolable();
    }

    // What the connection reports

    /**
     * It is free for the next request. Until then it counts as one that runs over the server, which waits for it when it
     * leaves.
     *
     * @return false when there may be no next request
     */
    public boolean keep(OwnLeg leg) {
        if (!mayGoOn() || !usage.begin(loop, leg)) {
            return false;
        }
        idle = leg;
        return true;
    }

    /** It has been closed; perhaps no request was on it. */
    public void closed(OwnLeg leg) {
        if (idle == leg) {
            close();
        }
    }

    /** Its server leaves. */
    public void drain() {
        if (idle != null && !mayGoOn()) {
            close();
        }
    }
}
