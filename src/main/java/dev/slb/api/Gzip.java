package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;

import java.util.List;

/** Compression of responses. */
@ApiValue
public record Gzip(
        @JsonPropertyDescription("Whether responses are compressed for clients that accept gzip. Default false.")
        @Default("false")
        Boolean enabled,

        @JsonPropertyDescription("Media types that are compressed. At most 64. Empty: SLB's list: text/xml, "
                + "text/plain, text/css, application/javascript, application/x-javascript, "
                + "application/rss+xml, application/atom+xml, application/xml.")
        @Size(max = 64)
        List<@Size(min = 3, max = 127) @Pattern("^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+$") String> types) {
    /** What an absent object means. */
    public static final Gzip DEFAULT = new Gzip(false, null);

    public Gzip {
        types = Absent.list(types);
    }
}
