package dev.slb.plan;

import com.fasterxml.jackson.annotation.JsonInclude;

import java.util.List;

/**
 * A forwarding rule (classic SLB). Precedence is by what it matches: exact host, then the narrower
 * wildcard, then the wider; within the best host the longest path prefix, by character. A matched host
 * is binding: no path match and no rule without a path means 404.
 *
 * @param host lower case, exact or {@code *.suffix}; null matches requests whose host no other rule names
 * @param path character prefix that starts with a slash; null matches every path
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RulePlan(String name, String host, String path, Action action) implements Comparable<RulePlan> {

    RulePlan with(Action other) {
        return other.equals(action) ? this : new RulePlan(name, host, path, other);
    }

    @Override
    public int compareTo(RulePlan other) {
        return name.compareTo(other.name);
    }

    List<String> validate(ListenerProtocol protocol) {
        Problems problems = new Problems();
        problems.require(name != null && !name.isEmpty(), "name", "is missing");
        problems.require(host != null || path != null, "host", "or path is needed");
        problems.require(path == null || path.startsWith("/"), "path", "must start with /");
        problems.require(
                host == null
                        || (!host.isEmpty()
                                && host.lastIndexOf('*') <= 0
                                && (host.indexOf('*') < 0 || host.startsWith("*."))),
                "host",
                "must be a name or *.suffix");
        problems.require(action != null && !(action instanceof Action.Redirect), "action", "must forward or refuse");
        if (action != null) {
            problems.addAll("action", action.validate(protocol));
        }
        return problems.list();
    }
}
