package dev.slb.source;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cel.bundle.Cel;
import dev.cel.bundle.CelFactory;
import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelOptions;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.SimpleType;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelFunctionBinding;
import dev.cel.runtime.CelRuntime;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Compiles the CEL rules of the CRDs: the standard language and its macros, and of what Kubernetes adds the functions
 * {@code isIP} and {@code isCIDR}. Values have no static types here; what only the type checker of an API server refuses
 * is found by the tests against a real one.
 */
final class CelRules {
    private static final Pattern OLD_SELF = Pattern.compile("\\boldSelf\\b");

    private final Cel cel = CelFactory.standardCelBuilder()
            .setOptions(CelOptions.current()
                    .enableHeterogeneousNumericComparisons(true)
                    .build())
            .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
            .addVar("self", SimpleType.DYN)
            .addVar("oldSelf", SimpleType.DYN)
            .addFunctionDeclarations(ofText("isIP"), ofText("isCIDR"))
            .addFunctionBindings(
                    CelFunctionBinding.from("isIP_string", String.class, IpText::isIp),
                    CelFunctionBinding.from("isCIDR_string", String.class, IpText::isCidr))
            .build();

    private static CelFunctionDecl ofText(String name) {
        return CelFunctionDecl.newFunctionDeclaration(
                name, CelOverloadDecl.newGlobalOverload(name + "_string", SimpleType.BOOL, SimpleType.STRING));
    }

    /** @param rule an entry of {@code x-kubernetes-validations} */
    CelRule rule(JsonNode rule) {
        String text = rule.get("rule").asText();
        return new CelRule(
                text,
                rule.path("fieldPath").asText(),
                rule.path("message").asText("must be such that " + text),
                new Lazy(text),
                rule.has("messageExpression")
                        ? new Lazy(rule.get("messageExpression").asText())
                        : null,
                OLD_SELF.matcher(text).find());
    }

    private CelRuntime.Program program(String text) {
        try {
            return cel.createProgram(cel.compile(text).getAst());
        } catch (CelValidationException | CelEvaluationException e) {
            throw new IllegalArgumentException("CEL expression '" + text + "': " + e.getMessage(), e);
        }
    }

    /** Compiled when it is needed first: most manifests use few of the rules, and compiling all would slow each start. */
    private final class Lazy implements CelProgram {
        private final String text;
        private volatile CelRuntime.Program program;

        Lazy(String text) {
            this.text = text;
        }

        @Override
        public Object evaluate(Map<String, ?> variables) throws Failure {
            // Two threads may compile it; the results are equal.
            CelRuntime.Program compiled = program;
            if (compiled == null) {
                compiled = program(text);
                program = compiled;
            }
            try {
                return compiled.eval(variables);
            } catch (CelEvaluationException e) {
                throw new Failure(e);
            }
        }
    }

    /** The value as CEL has it. */
    static Object value(JsonNode node) {
        if (node.isObject()) {
            Map<String, Object> map = new LinkedHashMap<>();
            node.fields().forEachRemaining(field -> map.put(field.getKey(), value(field.getValue())));
            return map;
        }
        if (node.isArray()) {
            List<Object> list = new ArrayList<>();
            node.forEach(item -> list.add(value(item)));
            return list;
        }
        if (node.isIntegralNumber()) {
            return node.longValue();
        }
        if (node.isNumber()) {
            return node.doubleValue();
        }
        return node.isBoolean() ? (Object) node.booleanValue() : node.asText();
    }
}
