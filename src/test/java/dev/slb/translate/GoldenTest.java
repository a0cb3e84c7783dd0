package dev.slb.translate;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import dev.slb.api.ApiMapper;
import dev.slb.api.Listener;
import dev.slb.api.ListenerStatus;
import dev.slb.api.LoadBalancer;
import dev.slb.api.LoadBalancerStatus;
import dev.slb.api.MasterSlaveGroup;
import dev.slb.api.MasterSlaveGroupStatus;
import dev.slb.api.TlsSpec;
import dev.slb.api.VServerGroup;
import dev.slb.api.VServerGroupStatus;
import dev.slb.control.world.TestWorld;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.ListenerProtocol;
import dev.slb.plan.PlanDocument;
import dev.slb.plan.PlanJson;
import dev.slb.testing.TestCertificates;
import dev.slb.testing.TestObjects;
import dev.slb.translate.status.ForwarderReports;
import dev.slb.translate.status.ListenerStatusFactory;
import dev.slb.translate.status.LoadBalancerStatusFactory;
import dev.slb.translate.status.MasterSlaveGroupStatusFactory;
import dev.slb.translate.status.VServerGroupStatusFactory;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.CustomResource;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Translates what stands in {@code in-*.yaml} of each folder of {@code src/test/resources/translate}, and compares with its
 * {@code out-plan.yaml} and {@code out-status.yaml} as text. {@code -Dgolden.update=true} writes these two anew: read the
 * difference before you believe it.
 */
class GoldenTest {

    private static final Path CASES = Path.of("src/test/resources/translate");
    private static final boolean UPDATE = Boolean.getBoolean("golden.update");
    private static final ObjectMapper YAML = ApiMapper.yaml().enable(JsonGenerator.Feature.WRITE_BIGDECIMAL_AS_PLAIN);

    static {
        ((YAMLFactory) YAML.getFactory()).disable(YAMLGenerator.Feature.SPLIT_LINES);
    }

    private static final Map<ListenerProtocol, Defaults> DEFAULTS = Map.of(
            ListenerProtocol.TCP, Defaults.of(ListenerProtocol.TCP),
            ListenerProtocol.UDP, Defaults.of(ListenerProtocol.UDP),
            ListenerProtocol.HTTP, Defaults.of(ListenerProtocol.HTTP),
            ListenerProtocol.HTTPS, Defaults.of(ListenerProtocol.HTTPS));

    /** What nearly every HTTPS listener says. */
    private static final String USUAL_NOTE =
            TlsParameters.of(new TlsSpec(null, null, null, null, null)).notes().get(0);

    @TestFactory
    Stream<DynamicContainer> cases() throws IOException {
        if (UPDATE && System.getenv("CI") != null) {
            throw new IllegalStateException("golden files are not updated by CI");
        }
        try (Stream<Path> folders = Files.list(CASES)) {
            return folders.sorted().map(GoldenTest::tests).toList().stream();
        }
    }

    private static DynamicContainer tests(Path folder) {
        String name = folder.getFileName().toString();
        Supplier<GoldenCase> golden = onceRead(folder);
        return DynamicContainer.dynamicContainer(
                name,
                folder.toUri(),
                Stream.of(
                        DynamicTest.dynamicTest(
                                name + ": plan", () -> compare(folder.resolve(GoldenCase.PLAN), plan(golden.get()))),
                        DynamicTest.dynamicTest(
                                name + ": status",
                                () -> compare(folder.resolve(GoldenCase.STATUS), status(golden.get()))),
                        DynamicTest.dynamicTest(
                                name + ": order does not matter", () -> assertOrderIsIrrelevant(golden.get()))));
    }

    /** Not before it is needed, so that a case that can't be read fails alone. */
    private static Supplier<GoldenCase> onceRead(Path folder) {
        GoldenCase[] read = new GoldenCase[1];
        return () -> {
            if (read[0] == null) {
                try {
                    read[0] = GoldenCase.read(folder);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            return read[0];
        };
    }

    private static void compare(Path file, Object actual) throws IOException {
        String text = YAML.writeValueAsString(actual).replace(USUAL_NOTE, "(usual suites)");
        if (UPDATE) {
            Files.writeString(file, text);
        }
        assertThat(text).as("%s", file).isEqualTo(Files.readString(file));
    }

    private static void assertOrderIsIrrelevant(GoldenCase golden) {
        Map<String, Translation> reversed = golden.world().read(snapshot -> translate(golden, backwards(snapshot)));
        assertThat(reversed).isEqualTo(translate(golden));
    }

    /** The same facts, the last first. */
    private static Snapshot backwards(Snapshot snapshot) {
        return (Snapshot) Proxy.newProxyInstance(
                Snapshot.class.getClassLoader(), new Class<?>[] {Snapshot.class}, (proxy, method, arguments) -> {
                    Object answer = method.invoke(snapshot, arguments);
                    if (answer instanceof Collection<?> collection) {
                        List<?> reversed = new ArrayList<>(collection);
                        Collections.reverse(reversed);
                        return reversed;
                    }
                    return answer;
                });
    }

    private static Map<String, Translation> translate(GoldenCase golden) {
        return golden.world().read(snapshot -> translate(golden, snapshot));
    }

    /** By kind, namespace and name. */
    private static Map<String, Translation> translate(GoldenCase golden, Snapshot snapshot) {
        Map<String, Translation> translations = new TreeMap<>();
        for (HasMetadata object : golden.objects()) {
            Translation translation = null;
            if (object instanceof LoadBalancer loadBalancer) {
                translation = LoadBalancerTranslator.translate(loadBalancer, snapshot);
            } else if (object instanceof Listener listener) {
                translation = ListenerTranslator.translate(listener, snapshot);
            } else if (object instanceof VServerGroup group) {
                translation = VServerGroupTranslator.translate(group, snapshot);
            } else if (object instanceof MasterSlaveGroup group) {
                translation = MasterSlaveGroupTranslator.translate(group, snapshot);
            }
            if (translation != null) {
                assertThat(translations.put(Subject.describe(object), translation))
                        .as("the second %s", Subject.describe(object))
                        .isNull();
            }
        }
        return translations;
    }

    private static Map<DocumentId, Object> plan(GoldenCase golden) {
        Map<DocumentId, Object> plan = new TreeMap<>();
        for (Translation translation : translate(golden).values()) {
            for (Outcome<? extends PlanDocument> outcome : translation.outcomes()) {
                plan.put(outcome.id(), describe(golden, translation, outcome));
            }
        }
        return plan;
    }

    private static Object describe(GoldenCase golden, Translation translation, Outcome<?> outcome) {
        if (outcome instanceof Outcome.Publish<?> publish) {
            PlanDocument document = publish.document();
            assertThat(document.validate()).as("problems of %s", document.id()).isEmpty();
            assertThat(publish.version()).isEqualTo(PlanJson.version(document));
            ObjectNode tree = PlanJson.mapper().valueToTree(document);
            tree.remove(List.of("type", "id"));
            shortenPem(tree);
            if (document instanceof ListenerPlan listener && !golden.settings().explicitDefaults()) {
                DEFAULTS.get(listener.protocol()).fold(tree);
            }
            return Map.of("publish", tree);
        }
        if (translation instanceof ListenerTranslation listener && listener.awaitsBindPort()) {
            return "keep last, until there is a port to bind";
        }
        if (translation instanceof ListenerTranslation listener && listener.awaitsCookieKey()) {
            return "keep last, until there is a key for cookies";
        }
        return outcome instanceof Outcome.KeepLast ? "keep last" : "withdraw";
    }

    /** Certificates by their subjects, and that there is a key or a response, in place of pages of base64. */
    private static void shortenPem(JsonNode tree) {
        if (tree instanceof ObjectNode object) {
            object.fields().forEachRemaining(field -> {
                if (field.getValue().asText().startsWith("-----BEGIN")) {
                    field.setValue(new TextNode(describePem(field.getValue().asText())));
                } else if (field.getKey().equals("staple")) {
                    ((ObjectNode) field.getValue()).put("response", "in base64");
                }
            });
        }
        tree.forEach(GoldenTest::shortenPem);
    }

    private static String describePem(String pem) {
        if (pem.startsWith("-----BEGIN PRIVATE KEY-----")) {
            return "a key";
        }
        try {
            return CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)))
                    .stream()
                    .map(X509Certificate.class::cast)
                    .map(certificate -> certificate.getSubjectX500Principal() + " until "
                            + certificate
                                    .getNotAfter()
                                    .toInstant()
                                    .atZone(ZoneOffset.UTC)
                                    .getYear())
                    .collect(Collectors.joining(", "));
        } catch (CertificateException e) {
            throw new AssertionError("not certificates", e);
        }
    }

    /** What a listener gets that asks for nothing, so that other plans need not repeat it. */
    private record Defaults(JsonNode timeouts, JsonNode drain, JsonNode http, JsonNode healthCheck, JsonNode tls) {

        static Defaults of(ListenerProtocol protocol) {
            String tls = protocol == ListenerProtocol.HTTPS ? ", tls: {certificateRef: {name: tls}}" : "";
            List<HasMetadata> objects = TestObjects.objects("""
                    kind: LoadBalancer
                    metadata: {name: shop}
                    ---
                    kind: Listener
                    metadata: {name: web}
                    spec: {loadBalancerRef: {name: shop}, protocol: %s, port: 80, backendPort: 8080%s}
                    """.formatted(protocol, tls));
            objects.add(TestCertificates.secret("tls", "shop.crt", "shop.key"));
            Settings settings = new Settings(Quotas.SLB, List.of(), true, Settings.BindPorts.SAME_AS_PORT, null);
            ListenerTranslation translation = TestWorld.of(objects, settings, TestCertificates.GOOD_TIME)
                    .read(snapshot -> ListenerTranslator.translate((Listener) objects.get(1), snapshot));
            JsonNode plan = PlanJson.mapper().valueToTree(((Outcome.Publish<?>) translation.outcome()).document());
            return new Defaults(
                    plan.get("timeouts"),
                    plan.get("drain"),
                    plan.get("http"),
                    plan.at("/routing/action/healthCheck"),
                    plan.at("/frontend/tls"));
        }

        void fold(ObjectNode plan) {
            fold(plan, "timeouts", timeouts);
            fold(plan, "drain", drain);
            fold(plan, "http", http);
            if (plan.at("/frontend/tls") instanceof ObjectNode ofPlan) {
                fold(ofPlan, "versions", tls.get("versions"));
                fold(ofPlan, "ciphers", tls.get("ciphers"));
            }
            plan.findParents("healthCheck").forEach(each -> fold((ObjectNode) each, "healthCheck", healthCheck));
        }

        private static void fold(ObjectNode parent, String field, JsonNode usual) {
            if (parent.has(field) && parent.get(field).equals(usual)) {
                parent.put(field, "default");
            }
        }
    }

    private static Map<String, Object> status(GoldenCase golden) throws IOException {
        Map<String, Translation> translations = translate(golden);
        Map<String, Object> statuses = new TreeMap<>();
        if (golden.reports().isPresent()) {
            statuses.putAll(completeStatuses(golden, translations));
        } else {
            translations.forEach((name, translation) -> statuses.put(name, ownStatus(translation)));
        }
        return statuses;
    }

    /** What a translation says without any forwarder. */
    private static ObjectNode ownStatus(Translation translation) {
        ObjectNode status = YAML.createObjectNode();
        status.set("accepted", shortly(translation.accepted(), "accepted"));
        status.set("resolvedRefs", shortly(translation.resolvedRefs(), "all references are resolved"));
        if (translation instanceof ListenerTranslation listener) {
            status.put("bindPort", listener.bindPort());
            status.put("worstCaseFailoverSeconds", listener.worstCaseFailoverSeconds());
            status.put("stopped", listener.stopped());
        } else if (translation instanceof LoadBalancerTranslation loadBalancer) {
            status.set("pool", YAML.valueToTree(loadBalancer.servers()));
        } else if (translation instanceof VServerGroupTranslation group) {
            status.set("servers", YAML.valueToTree(group.servers()));
        } else if (translation instanceof MasterSlaveGroupTranslation group) {
            status.set("master", YAML.valueToTree(group.master()));
            status.set("slave", YAML.valueToTree(group.slave()));
        }
        status.findParents("identity").forEach(server -> ((ObjectNode) server).remove("identity"));
        status.removeIf(value -> value.isNull() || value.isEmpty() && value.isContainerNode() || isFalse(value));
        return status;
    }

    private static boolean isFalse(JsonNode value) {
        return value.isBoolean() && !value.booleanValue();
    }

    /** A verdict that says nothing but yes is {@code true}. */
    private static JsonNode shortly(Verdict verdict, String usual) {
        if (verdict.met() && verdict.message().endsWith(": " + usual)) {
            return BooleanNode.TRUE;
        }
        ObjectNode tree = YAML.valueToTree(verdict);
        tree.remove("type");
        return tree;
    }

    private static Map<String, Object> completeStatuses(GoldenCase golden, Map<String, Translation> translations)
            throws IOException {
        GoldenCase.ReportsInput input = golden.reports().orElseThrow();
        List<Outcome.Publish<?>> published = translations.values().stream()
                .flatMap(translation -> translation.outcomes().stream())
                .filter(Outcome.Publish.class::isInstance)
                .<Outcome.Publish<?>>map(Outcome.Publish.class::cast)
                .toList();
        ForwarderReports reports = input.forwarderReports(published);
        Map<String, Object> statuses = new TreeMap<>();
        for (HasMetadata object : golden.objects()) {
            Translation translation = translations.get(Subject.describe(object));
            if (translation != null) {
                Completion completion =
                        new Completion(golden, object, translation, translations.values(), reports, published);
                Object status = completion.status(conditions(object), input.now());
                assertThat(completion.status(conditions(status), input.now().plusSeconds(60)))
                        .as("status when nothing happened since")
                        .isEqualTo(status);
                statuses.put(Subject.describe(object), status);
            }
        }
        return statuses;
    }

    /** The conditions of a status, or of the status of an object. */
    private static List<Condition> conditions(Object statusOrObject) {
        Object status = statusOrObject instanceof CustomResource<?, ?> object ? object.getStatus() : statusOrObject;
        if (status instanceof LoadBalancerStatus loadBalancer) {
            return loadBalancer.conditions();
        } else if (status instanceof ListenerStatus listener) {
            return listener.conditions();
        } else if (status instanceof VServerGroupStatus group) {
            return group.conditions();
        } else if (status instanceof MasterSlaveGroupStatus group) {
            return group.conditions();
        }
        return List.of();
    }

    private record Completion(
            GoldenCase golden,
            HasMetadata object,
            Translation translation,
            Collection<Translation> all,
            ForwarderReports reports,
            List<Outcome.Publish<?>> published) {

        Object status(List<Condition> previous, Instant now) {
            if (object instanceof LoadBalancer loadBalancer) {
                Collection<Listener> listeners = golden.world()
                        .read(snapshot -> snapshot.listenersOf(
                                object.getMetadata().getNamespace(),
                                object.getMetadata().getName()));
                return LoadBalancerStatusFactory.status(
                        loadBalancer,
                        (LoadBalancerTranslation) translation,
                        all.stream()
                                .filter(each -> each.group()
                                        .filter(group -> DocumentId.loadBalancer(
                                                        object.getMetadata().getNamespace(),
                                                        object.getMetadata().getName())
                                                .equals(group.loadBalancer()))
                                        .isPresent())
                                .toList(),
                        reports,
                        golden.reports().orElseThrow().loadBalancerAddresses(),
                        LoadBalancerStatusFactory.count(listeners),
                        previous,
                        now);
            } else if (object instanceof Listener listener) {
                return ListenerStatusFactory.status(
                        listener,
                        (ListenerTranslation) translation,
                        reports,
                        id -> document(published, id),
                        previous,
                        now);
            } else if (object instanceof VServerGroup group) {
                return VServerGroupStatusFactory.status(
                        group, (VServerGroupTranslation) translation, reports, previous, now);
            } else if (object instanceof MasterSlaveGroup group) {
                return MasterSlaveGroupStatusFactory.status(
                        group, (MasterSlaveGroupTranslation) translation, reports, previous, now);
            }
            throw new IllegalArgumentException("no status: " + object.getKind());
        }
    }

    private static Optional<PlanDocument> document(List<Outcome.Publish<?>> published, DocumentId id) {
        return published.stream()
                .filter(publish -> publish.id().equals(id))
                .<PlanDocument>map(Outcome.Publish::document)
                .findFirst();
    }
}
