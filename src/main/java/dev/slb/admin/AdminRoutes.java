package dev.slb.admin;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** What an admin port serves, by path. Whatever a route is asked on the port's own thread returns at once, and takes no lock that others hold for long. */
public final class AdminRoutes {

    /** However many scrape, and however often. */
    private static final Duration BETWEEN_SCRAPES = Duration.ofSeconds(1);

    private final Map<String, Function<AdminRequest, AdminWork>> byPath = new HashMap<>();

    /** @param problem empty when all is well: that is 200, else 503 and what it says */
    public AdminRoutes probe(String path, Supplier<Optional<String>> problem) {
        return route(path, request -> {
            Optional<String> found = problem.get();
            return AdminWork.now(found.isEmpty() ? 200 : 503, found.orElse("ok"));
        });
    }

    /**
     * Metrics, built at most once a second.
     *
     * @param detailed whether a request asks for more, which is another document
     * @param build from whether it does
     */
    public AdminRoutes metrics(String path, Predicate<AdminRequest> detailed, Function<Boolean, AdminAnswer> build) {
        return route(path, request -> {
            boolean more = detailed.test(request);
            return new AdminWork.Build(path + " " + more, BETWEEN_SCRAPES, () -> build.apply(more));
        });
    }

    /** A document that is not older than the request. */
    public AdminRoutes document(String path, Supplier<AdminAnswer> build) {
        return route(path, request -> AdminWork.build(path, build));
    }

    /** @param work what it throws is answered 400 when it is an {@link IllegalArgumentException}, with its message */
    public AdminRoutes route(String path, Function<AdminRequest, AdminWork> work) {
        byPath.put(path, work);
        return this;
    }

    AdminWork open(AdminRequest request) {
        Function<AdminRequest, AdminWork> route = byPath.get(request.path());
        if (route == null) {
            return AdminWork.now(404, "not here");
        }
        try {
            return route.apply(request);
        } catch (IllegalArgumentException e) {
            return AdminWork.now(400, e.getMessage());
        }
    }
}
