package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** Sends requests of a host, of a path, or of both to a VServerGroup. */
@ValidationRule(
        value = "(has(self.host) && self.host != '') || (has(self.path) && self.path != '')",
        message = "host or path is needed")
@ValidationRule(
        value = "!has(self.scheduler) || self.scheduler in ['WRR', 'RR', 'WLC']",
        message = "scheduler of a rule is WRR, RR or WLC",
        fieldPath = ".scheduler")
@ValidationRule(
        value = "!has(self.sessionPersistence) || self.sessionPersistence.type != 'SourceIP'",
        message = "sessionPersistence of a rule is CookieInsert or CookieRewrite",
        fieldPath = ".sessionPersistence")
@ValidationRule(
        value = "!has(self.healthCheck) || ((!has(self.healthCheck.type) || self.healthCheck.type != 'UDP')"
                + " && (!has(self.healthCheck.udpRequest) || self.healthCheck.udpRequest == ''))",
        message = "healthCheck of a rule can not be of type UDP",
        fieldPath = ".healthCheck")
@ApiValue
public record Rule(
        @JsonPropertyDescription(
                "Name of the rule, unique in the listener: letters, digits, - / . and _. 1 to 80 characters.")
        @Required
        @Size(min = 1, max = 80)
        @Pattern(Patterns.RULE_NAME)
        String name,

        @JsonPropertyDescription("Host of the requests, in lower case: exact (www.example.com) or a wildcard for all "
                + "names below (*.example.com). The most exact match is binding: its paths decide, or "
                + "404. At most 253 characters. host or path is needed.")
        @Size(max = 253)
        @Pattern(Patterns.OPTIONAL_HOST)
        String host,

        @JsonPropertyDescription("Prefix of the path of the requests, by character; starts with a slash; the longest "
                + "match wins. At most 80 characters. host or path is needed.")
        @Size(max = 80)
        @Pattern(Patterns.OPTIONAL_PATH)
        String path,

        @JsonPropertyDescription("VServerGroup of the namespace that serves the requests.") @Required
        ObjectRef serverGroupRef,

        @JsonPropertyDescription("How the rule chooses a server: WRR, RR or WLC. Default: the listener's.")
        Scheduler scheduler,

        @JsonPropertyDescription(
                "Session persistence of the rule: CookieInsert or CookieRewrite. Default: the listener's.")
        SessionPersistence sessionPersistence,

        @JsonPropertyDescription("Health check of the rule. Default: the listener's.")
        HealthCheckSpec healthCheck) {
    public Rule {
        host = Absent.text(host);
        path = Absent.text(path);
    }
}
