package dev.slb.translate;

import dev.slb.api.Forwarded;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwardedPlan;

import static dev.slb.translate.Fields.or;

/** The headers that tell servers about the client: {@code X-Forwarded-*} and SLB's own. */
final class ClientHeaders {

    private ClientHeaders() {}

    static void check(Forwarded spec, FieldProblems problems) {
        if (spec != null) {
            problems.known(spec.xForwardedFor(), "spec.http.forwarded.xForwardedFor");
            Networks.check(spec.trustedCidrs(), "spec.http.forwarded.trustedCidrs", problems);
        }
    }

    /** @param https whether clients may have certificates of their own */
    static ForwardedPlan plan(Forwarded spec, boolean https, DocumentId loadBalancer) {
        Forwarded usual = Forwarded.DEFAULT;
        Forwarded forwarded = or(spec, usual);
        boolean slbId = or(forwarded.slbId(), usual.slbId());
        return new ForwardedPlan(
                switch (or(forwarded.xForwardedFor(), usual.xForwardedFor())) {
                    case Append -> ForwardedPlan.XForwardedFor.APPEND;
                    case Replace -> ForwardedPlan.XForwardedFor.REPLACE;
                    case None -> ForwardedPlan.XForwardedFor.NONE;
                    case Unknown -> throw Fields.unchecked();
                },
                Networks.plan(forwarded.trustedCidrs()),
                or(forwarded.xForwardedProto(), usual.xForwardedProto()),
                or(forwarded.xForwardedPort(), usual.xForwardedPort()),
                or(forwarded.clientPort(), usual.clientPort()),
                slbId ? loadBalancer.namespace() + "/" + loadBalancer.name() : null,
                or(forwarded.slbIp(), usual.slbIp()),
                https && or(forwarded.clientCertificate(), usual.clientCertificate()));
    }
}
