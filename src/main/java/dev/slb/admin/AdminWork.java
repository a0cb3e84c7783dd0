package dev.slb.admin;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** What has to be done for a request. */
public sealed interface AdminWork {

    /** Nothing more. Only this is done for connections of the reserve. */
    record Now(AdminAnswer answer) implements AdminWork {}

    /**
     * A document that is built on the thread for that.
     *
     * @param key who asks with the same key before the building has begun shares it; bounded in length by the request
     * @param freshFor for so long after the begin of the building it also serves all who ask later; zero: for nobody
     * @param build may take its time
     */
    record Build(String key, Duration freshFor, Supplier<AdminAnswer> build) implements AdminWork {}

    /**
     * A document that is built once there is something to tell.
     *
     * @param begin called on the thread that builds; what it gives is cancelled when nobody waits any more, and may be completed by
     *     any thread
     * @param atMost how long is waited
     */
    record Hold(Supplier<CompletableFuture<Void>> begin, Duration atMost, Build then) implements AdminWork {}

    /** A document that is not older than the request. */
    static Build build(String key, Supplier<AdminAnswer> build) {
        return new Build(key, Duration.ZERO, build);
    }

    /** One line of text. */
    static AdminWork now(int status, String line) {
        return new Now(AdminAnswer.line(status, line));
    }
}
