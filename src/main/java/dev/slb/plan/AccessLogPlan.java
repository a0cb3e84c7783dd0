package dev.slb.plan;

import java.util.List;

/** @param format {@code JSON} or a format string, see {@link LogFormat} */
public record AccessLogPlan(String format) {

    List<String> validate() {
        Problems problems = new Problems();
        LogFormat.validate(format).forEach(problem -> problems.require(false, "format", problem));
        return problems.list();
    }
}
