package dev.slb.translate;

import dev.slb.api.HealthCheckSpec;
import dev.slb.api.Protocol;
import dev.slb.plan.CodeRange;
import dev.slb.plan.HealthCheckPlan;
import dev.slb.plan.HealthCheckType;

import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/** Health checks of listeners and rules, with SLB's defaults. */
final class HealthChecks {

    private static final int INTERVAL_SECONDS = 2;
    private static final int TIMEOUT_SECONDS = 5;

    private static final Pattern CODE = Pattern.compile("[1-5](xx|[0-9]{2})");

    private HealthChecks() {}

    static void check(HealthCheckSpec spec, String path, FieldProblems problems) {
        if (spec == null) {
            return;
        }
        problems.known(spec.type(), path + ".type");
        problems.range(spec.port(), 1, 65535, path + ".port");
        problems.known(spec.method(), path + ".method");
        problems.require(
                spec.path() == null || Names.isPath(spec.path()),
                path + ".path",
                "must start with / and have no spaces");
        problems.require(spec.host() == null || Names.isHostHeader(spec.host()), path + ".host", "must be a host name");
        for (String code : spec.expectedCodes()) {
            problems.require(
                    CODE.matcher(code).matches(),
                    path + ".expectedCodes",
                    "must be classes such as 2xx or codes, has " + code);
        }
        problems.range(spec.intervalSeconds(), 1, 50, path + ".intervalSeconds");
        problems.range(spec.timeoutSeconds(), 1, 300, path + ".timeoutSeconds");
        problems.range(spec.healthyThreshold(), 2, 10, path + ".healthyThreshold");
        problems.range(spec.unhealthyThreshold(), 2, 10, path + ".unhealthyThreshold");
    }

    /**
     * @param given null: defaults
     * @return null when checks are off
     */
    static HealthCheckPlan plan(HealthCheckSpec given, Protocol protocol) {
        HealthCheckSpec usual = HealthCheckSpec.DEFAULT;
        HealthCheckSpec spec = or(given, usual);
        if (!or(spec.enabled(), usual.enabled())) {
            return null;
        }
        Duration interval = Duration.ofSeconds(or(spec.intervalSeconds(), INTERVAL_SECONDS));
        Duration timeout = Duration.ofSeconds(or(spec.timeoutSeconds(), TIMEOUT_SECONDS));
        boolean http = spec.type() == null ? protocol.isLayer7() : spec.type() == dev.slb.api.HealthCheckType.HTTP;
        return new HealthCheckPlan(
                http ? HealthCheckType.HTTP : HealthCheckType.TCP,
                spec.port(),
                http ? or(spec.method(), usual.method()).name() : null,
                http ? or(spec.path(), usual.path()) : null,
                http ? spec.host() : null,
                http ? codes(spec.expectedCodes().isEmpty() ? usual.expectedCodes() : spec.expectedCodes()) : null,
                interval.toMillis(),
                Math.max(timeout.toMillis(), interval.toMillis()),
                or(spec.healthyThreshold(), usual.healthyThreshold()),
                or(spec.unhealthyThreshold(), usual.unhealthyThreshold()));
    }

    private static List<CodeRange> codes(List<String> codes) {
        return codes.stream().map(HealthChecks::range).toList();
    }

    private static CodeRange range(String code) {
        if (code.endsWith("xx")) {
            int first = 100 * Character.digit(code.charAt(0), 10);
            return new CodeRange(first, first + 99);
        }
        return new CodeRange(Integer.parseInt(code), Integer.parseInt(code));
    }

    private static <T> T or(T value, T otherwise) {
        return value == null ? otherwise : value;
    }
}
