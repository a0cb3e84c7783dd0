package dev.slb.translate;

import dev.slb.api.HttpOptions;
import dev.slb.api.Protocol;
import dev.slb.plan.DocumentId;
import dev.slb.plan.HttpPlan;

import static dev.slb.translate.Fields.or;

/** What layer-7 listeners do with HTTP. */
final class HttpFeatures {

    private HttpFeatures() {}

    static void check(HttpOptions spec, FieldProblems problems) {
        if (spec == null) {
            return;
        }
        problems.range(spec.maxRequestsPerConnection(), 0, 1_000_000, "spec.http.maxRequestsPerConnection");
        problems.range(spec.maxHeaderBytes(), 1024, 1 << 20, "spec.http.maxHeaderBytes");
        problems.range(spec.maxUriBytes(), 256, 1 << 16, "spec.http.maxUriBytes");
        Compression.check(spec.gzip(), problems);
        ClientHeaders.check(spec.forwarded(), problems);
    }

    /**
     * @param spec null: defaults
     * @param protocol of layer 7
     */
    static HttpPlan plan(HttpOptions spec, Protocol protocol, DocumentId loadBalancer) {
        HttpOptions usual = HttpOptions.DEFAULT;
        HttpOptions http = or(spec, usual);
        boolean https = protocol == Protocol.HTTPS;
        return new HttpPlan(
                or(http.maxRequestsPerConnection(), usual.maxRequestsPerConnection()),
                or(http.maxHeaderBytes(), usual.maxHeaderBytes()),
                or(http.maxUriBytes(), usual.maxUriBytes()),
                ClientHeaders.plan(http.forwarded(), https, loadBalancer),
                https && or(http.http2(), usual.http2()),
                Compression.plan(http.gzip()));
    }
}
