package dev.slb.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.CustomResource;

import java.util.ArrayList;
import java.util.List;

/** One of our CRDs, applied to objects as an API server does at create and at update, but strictly. */
record Crd(Class<? extends CustomResource<?, ?>> type, Schema schema) {

    /**
     * Writes the defaults into the object and checks it. Its {@code status} is dropped, as it is when an object is applied.
     *
     * @param object changed by this
     * @param old the object before, or null when it is new
     */
    List<FieldProblem> apply(ObjectNode object, JsonNode old) {
        object.remove("status");
        Defaults.apply(object, schema);
        List<FieldProblem> problems = new ArrayList<>();
        // The CRD says nothing about these, since an API server looks at them itself.
        ObjectNode rest = object.deepCopy();
        rest.remove(List.of("apiVersion", "kind", "metadata"));
        new StructureCheck(problems).check(rest, schema, "");
        if (problems.isEmpty()) {
            // Rules may trust the structure. An API server skips them as well when it is broken.
            new RuleCheck(problems).check(rest, old, schema, "");
        }
        return problems;
    }
}
