package dev.slb.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.slb.api.ApiGroup;
import dev.slb.api.ApiMapper;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResource;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Makes an object of a document, as an API server would at {@code kubectl apply}. */
final class ObjectReader {
    private static final Pattern NAME =
            Pattern.compile("[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*");
    private static final String DEFAULT_NAMESPACE = "default";

    /** Files have no times of creation that could be trusted; equal ones leave ties to namespace and name. */
    private static final String CREATED = "1970-01-01T00:00:00Z";

    /** Constants that take their time: compiled rules, and the index of all types of Kubernetes. */
    private static final Crds CRDS = new Crds();

    private static final ObjectMapper API = ApiMapper.json();
    private static final KubernetesSerialization KUBERNETES = new KubernetesSerialization();

    /**
     * What became of a document.
     *
     * @param key or null when the document does not say which object it is
     * @param object or null when there are problems
     * @param json the object with defaults; null when there is no object
     */
    record Reading(ObjectKey key, HasMetadata object, JsonNode json, List<FieldProblem> problems) {}

    /**
     * @param namespace for the object in place of its own, or null
     * @param before the object as it was, by its key
     */
    Reading read(ObjectNode json, String namespace, Function<ObjectKey, Optional<Manifest>> before) {
        List<FieldProblem> problems = new ArrayList<>();
        requireText(json, "apiVersion", problems);
        requireText(json, "kind", problems);
        checkMetadata(json.path("metadata"), problems);
        if (!problems.isEmpty()) {
            return new Reading(null, null, null, problems);
        }
        String group = ObjectKey.groupOf(json.get("apiVersion").asText());
        return group.equals(ApiGroup.NAME)
                ? readOurs(json.deepCopy(), namespace, before)
                : readOther(json.deepCopy(), namespace);
    }

    private static void requireText(JsonNode json, String field, List<FieldProblem> problems) {
        if (json.path(field).asText().isEmpty()) {
            problems.add(new FieldProblem(field, "is required"));
        }
    }

    private static void checkMetadata(JsonNode metadata, List<FieldProblem> problems) {
        String name = metadata.path("name").asText();
        if (name.isEmpty()) {
            problems.add(new FieldProblem("metadata.name", "is required"));
        } else if (!NAME.matcher(name).matches() || name.length() > 253) {
            problems.add(new FieldProblem("metadata.name", "\"" + name + "\" is not a name of Kubernetes"));
        }
        String namespace = metadata.path("namespace").asText();
        if (!namespace.isEmpty() && (!NAME.matcher(namespace).matches() || namespace.contains("."))) {
            problems.add(new FieldProblem("metadata.namespace", "\"" + namespace + "\" is not a name of Kubernetes"));
        }
        for (String field : List.of("labels", "annotations")) {
            metadata.path(field).fields().forEachRemaining(entry -> {
                if (!entry.getValue().isTextual()) {
                    problems.add(new FieldProblem(
                            "metadata." + field + "." + entry.getKey(),
                            entry.getValue() + " is not a text: put it in quotes"));
                }
            });
        }
    }

    private Reading readOurs(ObjectNode json, String namespace, Function<ObjectKey, Optional<Manifest>> before) {
        String apiVersion = json.get("apiVersion").asText();
        String kind = json.get("kind").asText();
        ObjectMeta metadata;
        try {
            metadata = KUBERNETES.convertValue(json.get("metadata"), ObjectMeta.class);
        } catch (IllegalArgumentException e) {
            return new Reading(keyOf(json, namespace), null, null, List.of(problem(e, "metadata")));
        }
        metadata.setNamespace(namespaceOf(metadata, namespace));
        ObjectKey key = new ObjectKey(ApiGroup.NAME, kind, metadata.getNamespace(), metadata.getName());
        List<FieldProblem> problems = new ArrayList<>();
        metadata.getAdditionalProperties()
                .keySet()
                .forEach(field -> problems.add(new FieldProblem("metadata." + field, "unknown field")));
        Optional<Crd> crd = CRDS.of(kind);
        if (!apiVersion.equals(ApiGroup.API_VERSION)) {
            problems.add(new FieldProblem("apiVersion", apiVersion + " is not " + ApiGroup.API_VERSION));
        } else if (crd.isEmpty()) {
            problems.add(new FieldProblem("kind", kind + " is not one of " + String.join(", ", CRDS.kinds())));
        } else {
            JsonNode old = before.apply(key).map(Manifest::json).orElse(null);
            problems.addAll(crd.get().apply(json, old));
        }
        if (!problems.isEmpty()) {
            return new Reading(key, null, null, problems);
        }
        try {
            HasMetadata object = API.treeToValue(json, crd.orElseThrow().type());
            object.setMetadata(metadata);
            complete(metadata, key);
            metadata.setGeneration(generation(json, before.apply(key)));
            return new Reading(key, object, json, List.of());
        } catch (JsonProcessingException e) {
            return new Reading(key, null, null, List.of(problem(e, "")));
        }
    }

    private Reading readOther(ObjectNode json, String namespace) {
        HasMetadata object;
        try {
            object = KUBERNETES.convertValue(withData(json), KubernetesResource.class) instanceof HasMetadata read
                    ? read
                    : null;
        } catch (IllegalArgumentException e) {
            return new Reading(keyOf(json, namespace), null, null, List.of(problem(e, "")));
        }
        if (object == null) {
            return new Reading(
                    null, null, null, List.of(new FieldProblem("kind", json.get("kind") + " is not an object")));
        }
        ObjectMeta metadata = object.getMetadata();
        if (object instanceof Namespaced) {
            metadata.setNamespace(namespaceOf(metadata, namespace));
        } else if (!(object instanceof GenericKubernetesResource)) {
            metadata.setNamespace(null);
        }
        ObjectKey key = ObjectKey.of(object);
        complete(metadata, key);
        return new Reading(key, object, json, List.of());
    }

    /** {@code stringData} of a Secret goes to {@code data}, as it does in an API server. */
    private static ObjectNode withData(ObjectNode json) {
        if (json.get("kind").asText().equals("Secret")
                && json.path("stringData").isObject()) {
            ObjectNode data = json.withObjectProperty("data");
            json.remove("stringData")
                    .fields()
                    .forEachRemaining(entry -> data.put(
                            entry.getKey(),
                            Base64.getEncoder()
                                    .encodeToString(entry.getValue().asText().getBytes(StandardCharsets.UTF_8))));
        }
        return json;
    }

    private static ObjectKey keyOf(ObjectNode json, String namespace) {
        JsonNode metadata = json.get("metadata");
        String own = metadata.path("namespace").asText(DEFAULT_NAMESPACE);
        return new ObjectKey(
                ObjectKey.groupOf(json.get("apiVersion").asText()),
                json.get("kind").asText(),
                namespace == null ? own : namespace,
                metadata.get("name").asText());
    }

    private static String namespaceOf(ObjectMeta metadata, String namespace) {
        if (namespace != null) {
            return namespace;
        }
        String own = metadata.getNamespace();
        return own == null || own.isEmpty() ? DEFAULT_NAMESPACE : own;
    }

    private static void complete(ObjectMeta metadata, ObjectKey key) {
        metadata.setUid(UUID.nameUUIDFromBytes((key.group() + "/" + key).getBytes(StandardCharsets.UTF_8))
                .toString());
        metadata.setCreationTimestamp(CREATED);
    }

    /** Grows when the spec changes, as in an API server. */
    private static long generation(JsonNode json, Optional<Manifest> before) {
        if (before.isEmpty()) {
            return 1;
        }
        long generation = before.get().object().getMetadata().getGeneration();
        return json.path("spec").equals(before.get().json().path("spec")) ? generation : generation + 1;
    }

    /** What Jackson could not read, and where under the path. */
    private static FieldProblem problem(Exception e, String path) {
        Throwable cause = e instanceof IllegalArgumentException && e.getCause() != null ? e.getCause() : e;
        if (cause instanceof JsonMappingException mapping) {
            String field = path
                    + mapping.getPath().stream()
                            .map(step -> step.getFieldName() == null
                                    ? "[" + step.getIndex() + "]"
                                    : "." + step.getFieldName())
                            .collect(Collectors.joining());
            return new FieldProblem(field.startsWith(".") ? field.substring(1) : field, mapping.getOriginalMessage());
        }
        return new FieldProblem(path, cause.getMessage());
    }
}
