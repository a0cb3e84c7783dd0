package dev.slb.translate;

import dev.slb.api.ListenerSpec;
import dev.slb.api.Redirect;
import dev.slb.plan.Action;
import dev.slb.plan.BackendPort;
import dev.slb.plan.DocumentId;
import io.fabric8.kubernetes.api.model.IntOrString;

import java.util.List;

import static dev.slb.translate.Fields.or;

/** What happens when no rule matches: the redirect, else the listener's own group, else the default pool. */
final class Routing {

    private static final List<Integer> REDIRECT_CODES = List.of(301, 302, 307, 308);
    private static final int REDIRECT_CODE = 301;

    private Routing() {}

    static void check(ListenerSpec spec, FieldProblems problems) {
        if (spec.redirect() != null) {
            redirect(spec.redirect(), problems);
            return;
        }
        if (spec.serverGroupRef() != null) {
            problems.present(spec.serverGroupRef().kind(), "spec.serverGroupRef.kind");
            problems.known(spec.serverGroupRef().kind(), "spec.serverGroupRef.kind");
            problems.present(spec.serverGroupRef().name(), "spec.serverGroupRef.name");
        } else {
            problems.require(
                    spec.backendPort() != null,
                    "spec.backendPort",
                    "is needed for the default pool, without serverGroupRef");
        }
        if (spec.backendPort() != null) {
            ServerChecks.backendPort(spec.backendPort(), "spec.backendPort", problems);
        }
    }

    private static void redirect(Redirect redirect, FieldProblems problems) {
        problems.present(redirect.port(), "spec.redirect.port");
        problems.range(redirect.port(), 1, 65535, "spec.redirect.port");
        problems.require(
                redirect.statusCode() == null || REDIRECT_CODES.contains(redirect.statusCode()),
                "spec.redirect.statusCode",
                "must be 301, 302, 307 or 308, is " + redirect.statusCode());
    }

    /** @param own what the listener itself refers to; null: neither a group nor a redirect */
    static Action plan(ListenerSpec spec, References.Target own, DocumentId loadBalancer, Forwarding forwarding) {
        if (own != null && !own.usable()) {
            return Forwarding.keep(own);
        }
        Redirect redirect = spec.redirect();
        if (redirect != null) {
            return new Action.Redirect(redirect.port(), or(redirect.statusCode(), REDIRECT_CODE));
        }
        return own != null
                ? forwarding.plan(own.group(), (BackendPort) null)
                : forwarding.plan(
                        DocumentId.pool(loadBalancer.namespace(), loadBalancer.name()),
                        backendPort(spec.backendPort()));
    }

    private static BackendPort backendPort(IntOrString port) {
        return port.getStrVal() == null ? BackendPort.of(port.getIntVal()) : BackendPort.of(port.getStrVal());
    }
}
