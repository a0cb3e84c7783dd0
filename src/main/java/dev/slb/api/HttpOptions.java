package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;

/** What layer-7 listeners do with HTTP. */
@ApiValue
public record HttpOptions(
        @JsonPropertyDescription("HTTPS: offers HTTP/2 by ALPN. Default true.") @Default("true")
        Boolean http2,

        @JsonPropertyDescription("Compression of responses. Absent: off.")
        Gzip gzip,

        @JsonPropertyDescription(
                "Requests after which a client connection is closed. 0 to 1000000. Default 1000. 0: no limit.")
        @Default("1000")
        @Min(0)
        @Max(1000000)
        Integer maxRequestsPerConnection,

        @JsonPropertyDescription("Headers that tell servers about the client. Absent: X-Forwarded-For is appended to "
                + "and X-Forwarded-Proto is set.")
        Forwarded forwarded,

        @JsonPropertyDescription(
                "Bytes of a request head over which the answer is 431. 1024 to 1048576. Default 32768.")
        @Default("32768")
        @Min(1024)
        @Max(1048576)
        Integer maxHeaderBytes,

        @JsonPropertyDescription("Bytes of a request target over which the answer is 414. 256 to 65536. Default 8192.")
        @Default("8192")
        @Min(256)
        @Max(65536)
        Integer maxUriBytes) {
    /** What an absent object means. */
    public static final HttpOptions DEFAULT = new HttpOptions(true, null, 1000, null, 32_768, 8192);
}
