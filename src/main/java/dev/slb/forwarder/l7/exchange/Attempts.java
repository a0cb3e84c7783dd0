package dev.slb.forwarder.l7.exchange;

import dev.slb.forwarder.l7.head.Refusal;
import dev.slb.forwarder.schedule.PickContext;
import dev.slb.forwarder.table.Member;
import dev.slb.forwarder.table.TargetRuntime;

import java.util.Arrays;

/**
 * On which servers a request is tried: three attempts in all, and on none twice that could not take it, as long as there are
 * others. Whether there may be another, {@link Exchange} decides. The first goes where the client's login or its cookie leads, all
 * others where the scheduler says.
 */
final class Attempts implements PickContext {

    private static final int MAX = 3;

    private TargetRuntime target;
    /** The server that the client's cookie names, when that may be chosen; else null. */
    private Member sticky;

    private int count;
    /** Null until one could not take a request. */
    private Member[] tried;

    private int excluded;
    /** A server that has refused the request, and may take it on another connection when there is no other server. */
    private Member refusing;

    private Refusal failure;

    /** @param named by the client's cookie; or null */
    void begin(TargetRuntime to, Member named) {
        target = to;
        sticky = named;
        count = 0;
        failure = Refusal.CONNECT_FAILED;
    }

    boolean areLeft() {
        return count < MAX;
    }

    /** One begins, or goes on over another connection to the same server. */
    void count() {
        count++;
    }

    /**
     * The server to try next.
     *
     * @param login of the client; null when there is none
     * @return null when there is none
     */
    Member next(ClientLogin login) {
        Member picked = pick(login);
        if (picked == null) {
            picked = refusing;
            refusing = null;
        }
        return picked;
    }

    private Member pick(ClientLogin login) {
        if (isRetry()) {
            return target.pick(this);
        }
        Member ofLogin = login == null ? null : login.memberFor(target);
        if (ofLogin != null) {
            return ofLogin;
        }
        return sticky != null ? sticky : target.pick(PickContext.FIRST);
    }

    /** This server can't take the request now. */
    void exclude(Member server) {
        if (tried == null) {
            tried = new Member[MAX];
        }
        tried[excluded++] = server;
    }

    /** The same, and that is why. */
    void exclude(Member server, Refusal why) {
        failure = why;
        exclude(server);
    }

    /** Once it is excluded, this server may still take the request if nobody else does. */
    void refusedBy(Member server) {
        refusing = server;
    }

    /** What the client is told when no attempt is left: why the last one has failed. */
    Refusal failure() {
        return failure;
    }

    boolean isSticky(Member server) {
        return server == sticky;
    }

    @Override
    public boolean tried(Object candidate) {
        for (int i = 0; i < excluded; i++) {
            if (tried[i] == candidate) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean isRetry() {
        return excluded > 0;
    }

    /** The request is over: nothing of it is held on to. */
    void end() {
        if (excluded > 0) {
            Arrays.fill(tried, null);
            excluded = 0;
        }
        sticky = null;
        refusing = null;
        target = null;
    }
}
