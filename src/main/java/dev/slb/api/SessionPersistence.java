package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** Sends a client that comes back to the server that it had. */
@ValidationRule(
        value = "self.type == 'CookieRewrite' || has(self.timeoutSeconds)",
        message = "SourceIP and CookieInsert need timeoutSeconds",
        fieldPath = ".timeoutSeconds",
        reason = "FieldValueRequired")
@ValidationRule(
        value = "self.type != 'CookieRewrite' || !has(self.timeoutSeconds)",
        message = "timeoutSeconds does not go with CookieRewrite: the server sets the lifetime of its cookie",
        fieldPath = ".timeoutSeconds")
@ValidationRule(
        value = "self.type != 'SourceIP' || !has(self.timeoutSeconds) || self.timeoutSeconds <= 3600",
        message = "timeoutSeconds of SourceIP is 1 to 3600",
        fieldPath = ".timeoutSeconds")
@ValidationRule(
        value = "(self.type == 'CookieRewrite') == (has(self.cookieName) && self.cookieName != '')",
        message = "cookieName is needed with CookieRewrite and goes with no other type",
        fieldPath = ".cookieName")
@ApiValue
public record SessionPersistence(
        @JsonPropertyDescription("SourceIP (TCP, UDP): by the source address. CookieInsert (HTTP, HTTPS): by the "
                + "cookie SERVERID that the listener sets. CookieRewrite (HTTP, HTTPS): by a cookie of "
                + "the server, which the listener overwrites.")
        @Required
        PersistenceType type,

        @JsonPropertyDescription("Seconds after which the client may get another server. Needed by SourceIP, 1 to "
                + "3600, and CookieInsert, 1 to 86400. Not with CookieRewrite, where the server sets "
                + "the lifetime.")
        @Min(1)
        @Max(86400)
        Integer timeoutSeconds,

        @JsonPropertyDescription("CookieRewrite: name of the cookie that the server sets. 1 to 200 characters, no "
                + "comma, semicolon or space, no leading $.")
        @Size(max = 200)
        @Pattern(Patterns.OPTIONAL_COOKIE_NAME)
        String cookieName) {
    public SessionPersistence {
        cookieName = Absent.text(cookieName);
    }
}
