package dev.slb.translate;

import dev.slb.api.ListenerSpec;
import dev.slb.api.PersistenceType;
import dev.slb.api.Rule;
import dev.slb.api.SessionPersistence;
import dev.slb.plan.PersistencePlan;

import java.util.Objects;
import java.util.stream.Stream;

import static dev.slb.translate.Fields.millis;

/** Session persistence of listeners and rules. */
final class Persistence {

    private static final int MOST_SECONDS_BY_ADDRESS = 3600;
    private static final int MOST_SECONDS_BY_COOKIE = 86_400;

    private Persistence() {}

    static void check(SessionPersistence spec, boolean layer7, String path, FieldProblems problems) {
        if (spec == null) {
            return;
        }
        PersistenceType type = spec.type();
        problems.present(type, path + ".type");
        problems.known(type, path + ".type");
        if (type == null || type == PersistenceType.Unknown) {
            return;
        }
        boolean byAddress = type == PersistenceType.SourceIP;
        problems.require(byAddress != layer7, path + ".type", type + " belongs to layer " + (byAddress ? "4" : "7"));
        if (type == PersistenceType.CookieRewrite) {
            problems.present(spec.cookieName(), path + ".cookieName");
            problems.require(
                    spec.cookieName() == null || Names.isCookieName(spec.cookieName()),
                    path + ".cookieName",
                    "must be the name of a cookie, is " + spec.cookieName());
            problems.require(
                    spec.timeoutSeconds() == null,
                    path + ".timeoutSeconds",
                    "does not go with CookieRewrite, where the server sets the lifetime");
        } else {
            problems.present(spec.timeoutSeconds(), path + ".timeoutSeconds");
            problems.range(
                    spec.timeoutSeconds(),
                    1,
                    byAddress ? MOST_SECONDS_BY_ADDRESS : MOST_SECONDS_BY_COOKIE,
                    path + ".timeoutSeconds");
            problems.require(spec.cookieName() == null, path + ".cookieName", "goes with CookieRewrite only");
        }
    }

    /** @return null when there is none */
    static PersistencePlan plan(SessionPersistence spec) {
        if (spec == null) {
            return null;
        }
        return switch (spec.type()) {
            case SourceIP -> new PersistencePlan(PersistencePlan.Type.SOURCE_IP, millis(spec.timeoutSeconds()), null);
            case CookieInsert ->
                new PersistencePlan(PersistencePlan.Type.COOKIE_INSERT, millis(spec.timeoutSeconds()), null);
            case CookieRewrite -> new PersistencePlan(PersistencePlan.Type.COOKIE_REWRITE, 0, spec.cookieName());
            case Unknown -> throw Fields.unchecked();
        };
    }

    /** Whether a listener, or a rule of it, recognises clients by cookies, so that its LoadBalancer needs a key for them. */
    static boolean usesCookies(ListenerSpec spec) {
        return spec != null
                && spec.redirect() == null
                && Stream.concat(
                                Stream.of(spec).map(ListenerSpec::sessionPersistence),
                                spec.rules().stream().map(Rule::sessionPersistence))
                        .filter(Objects::nonNull)
                        .anyMatch(each -> each.type() == PersistenceType.CookieInsert
                                || each.type() == PersistenceType.CookieRewrite);
    }
}
