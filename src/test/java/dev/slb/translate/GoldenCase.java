package dev.slb.translate;

import com.fasterxml.jackson.databind.AnnotationIntrospector;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.AnnotationIntrospectorPair;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.slb.api.AddressType;
import dev.slb.api.ApiMapper;
import dev.slb.api.LoadBalancerAddress;
import dev.slb.base.Cidr;
import dev.slb.control.world.TestWorld;
import dev.slb.control.world.World;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.PlanJson;
import dev.slb.plan.Secret;
import dev.slb.testing.TestCertificates;
import dev.slb.testing.TestObjects;
import dev.slb.translate.status.ForwarderReports;
import io.fabric8.kubernetes.api.model.HasMetadata;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The input of one golden case. All {@code in-*.yaml} files hold objects, except:
 *
 * <ul>
 *   <li>{@code in-settings.yaml}, a {@link SettingsInput}; without it, files mode with one forwarder
 *   <li>{@code in-reports.yaml}, a {@link ReportsInput}: then {@code out-status.yaml} has complete statuses
 * </ul>
 */
record GoldenCase(Path folder, List<HasMetadata> objects, SettingsInput settings, Optional<ReportsInput> reports) {

    static final String PLAN = "out-plan.yaml";
    static final String STATUS = "out-status.yaml";

    /** {@code <<shop.crt>>} in an input stands for the text of that file, see {@link TestCertificates}. */
    private static final Pattern PEM = Pattern.compile("<<([a-z0-9.-]+)>>");

    private static final Secret COOKIE_KEY = new Secret("MDEyMzQ1Njc4OTAxMjM0NQ==");

    private static final ObjectMapper YAML =
            ApiMapper.yaml().copy().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
    private static final ObjectMapper STRICT_PLAN =
            PlanJson.mapper().copy().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
    /** Writes only fields that have a name in their class: fabric8's classes also keep those that they don't know. */
    private static final ObjectMapper NAMED_FIELDS = ApiMapper.json();

    static {
        AnnotationIntrospector usual = NAMED_FIELDS.getSerializationConfig().getAnnotationIntrospector();
        NAMED_FIELDS.setAnnotationIntrospector(AnnotationIntrospectorPair.create(
                new JacksonAnnotationIntrospector() {
                    private static final long serialVersionUID = 1L;

                    @Override
                    public Boolean hasAnyGetter(Annotated annotated) {
                        return Boolean.FALSE;
                    }
                },
                usual));
    }

    /**
     * @param mode {@code files} or {@code cluster}
     * @param quotas absent: SLB's
     * @param forwarders number of ready forwarders
     * @param asOf when certificates are judged; absent: a time at which all certificates of the tests are good
     * @param noCookieKey whether LoadBalancers have no key for their cookies yet
     * @param explicitDefaults whether the plan shows what listeners get without asking for it
     */
    record SettingsInput(
            String mode,
            Quotas quotas,
            List<String> allowedServerCidrs,
            Integer forwarders,
            List<String> forwarderAddresses,
            Instant asOf,
            boolean noCookieKey,
            boolean explicitDefaults) {

        Settings settings() {
            Settings base = switch (mode == null ? "files" : mode) {
                case "files" -> Settings.files();
                case "cluster" ->
                    Settings.cluster(
                            Quotas.SLB,
                            allowed().stream()
                                    .map(cidr -> Cidr.parse(cidr).orElseThrow())
                                    .toList(),
                            AllowedServices.DEFAULT);
                default -> throw new IllegalArgumentException("mode: " + mode);
            };
            return new Settings(
                    quotas == null ? base.quotas() : quotas,
                    base.allowedServers(),
                    base.anyServerAddress(),
                    base.bindPorts(),
                    base.allowedServices());
        }

        private List<String> allowed() {
            return allowedServerCidrs == null ? List.of() : allowedServerCidrs;
        }
    }

    /**
     * @param ready number of ready forwarders; absent: as many as reports
     * @param now time of the statuses
     * @param addresses of LoadBalancers
     * @param reports {@link ForwarderReport}s. In {@code documents} the key {@code all} stands for every published document, and
     *     the version {@code present} for the one that is published
     */
    record ReportsInput(Integer ready, Instant now, List<String> addresses, List<JsonNode> reports) {

        ForwarderReports forwarderReports(List<Outcome.Publish<?>> published) throws IOException {
            List<ForwarderReport> read = new ArrayList<>();
            for (JsonNode report : reports) {
                read.add(read(report.deepCopy(), published));
            }
            return new ForwarderReports(ready == null ? read.size() : ready, read);
        }

        private static ForwarderReport read(ObjectNode report, List<Outcome.Publish<?>> published) throws IOException {
            ObjectNode documents = (ObjectNode) report.get("documents");
            JsonNode all = documents.remove("all");
            for (Outcome.Publish<?> each : published) {
                String id = each.id().toString();
                if (all != null && !documents.has(id)) {
                    documents.set(id, all.deepCopy());
                }
                if (documents.has(id)) {
                    ObjectNode state = (ObjectNode) documents.get(id);
                    for (String field : List.of("serving", "refused")) {
                        if ("present".equals(state.path(field).asText())) {
                            state.put(field, each.version());
                        }
                    }
                }
            }
            report.put("revision", 1).put("synced", true);
            return STRICT_PLAN.treeToValue(report, ForwarderReport.class);
        }

        List<LoadBalancerAddress> loadBalancerAddresses() {
            return addresses == null
                    ? List.of()
                    : addresses.stream()
                            .map(address -> new LoadBalancerAddress(AddressType.IPAddress, address))
                            .toList();
        }
    }

    static GoldenCase read(Path folder) throws IOException {
        List<HasMetadata> objects = new ArrayList<>();
        SettingsInput settings = new SettingsInput(null, null, null, null, null, null, false, false);
        Optional<ReportsInput> reports = Optional.empty();
        for (Path file : files(folder)) {
            String name = file.getFileName().toString();
            if (name.equals("in-settings.yaml")) {
                settings = YAML.readValue(file.toFile(), SettingsInput.class);
            } else if (name.equals("in-reports.yaml")) {
                reports = Optional.of(YAML.readValue(file.toFile(), ReportsInput.class));
            } else if (name.startsWith("in-") && name.endsWith(".yaml")) {
                objects.addAll(objects(file));
            } else {
                assertThat(name).as("files of %s", folder.getFileName()).isIn(PLAN, STATUS);
            }
        }
        return new GoldenCase(folder, objects, settings, reports);
    }

    private static List<HasMetadata> objects(Path file) throws IOException {
        String text = PEM.matcher(Files.readString(file))
                .replaceAll(pem -> Matcher.quoteReplacement(
                        TestCertificates.pem(pem.group(1)).replace("\n", "\\n")));
        List<HasMetadata> objects = TestObjects.objects(text);
        assertThat(objects).as("objects in %s", file).isNotEmpty();
        try (MappingIterator<JsonNode> documents =
                YAML.readerFor(JsonNode.class).readValues(text)) {
            for (HasMetadata object : objects) {
                assertNothingLost(
                        documents.next(),
                        NAMED_FIELDS.valueToTree(object),
                        file.getFileName() + " " + object.getKind());
            }
        }
        return objects;
    }

    /** A field that is not there any more after reading and writing was misspelt. */
    private static void assertNothingLost(JsonNode in, JsonNode out, String path) {
        boolean empty = in.isNull()
                || (in.isContainerNode() && in.isEmpty())
                || (in.isTextual() && in.asText().isEmpty());
        if (empty) {
            return;
        }
        assertThat(out).as("unknown field or value %s", path).isNotNull();
        if (in instanceof ObjectNode) {
            Iterator<Map.Entry<String, JsonNode>> fields = in.fields();
            while (fields.hasNext()) {
                Map.Entry<String, JsonNode> field = fields.next();
                assertNothingLost(field.getValue(), out.get(field.getKey()), path + "." + field.getKey());
            }
        } else if (in instanceof ArrayNode) {
            for (int i = 0; i < in.size(); i++) {
                assertNothingLost(in.get(i), out.get(i), path + "[" + i + "]");
            }
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted(Comparator.comparing(Path::toString)).toList();
        }
    }

    World world() {
        World world = TestWorld.of(
                objects, settings.settings(), settings.asOf() == null ? TestCertificates.GOOD_TIME : settings.asOf());
        world.setForwarders(
                settings.forwarders() == null ? 1 : settings.forwarders(),
                settings.forwarderAddresses() == null ? List.of() : settings.forwarderAddresses());
        if (!settings.noCookieKey()) {
            TestWorld.putCookieKey(world, COOKIE_KEY);
        }
        return world;
    }
}
