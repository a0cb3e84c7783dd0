package dev.slb.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.slb.api.ApiMapper;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectKind;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** Objects from YAML, as a cluster would hand them out: no defaults are added, nothing is checked. */
public final class TestObjects {

    private static final ObjectMapper YAML = ApiMapper.yaml();

    private TestObjects() {}

    /** The one object in the text; without a namespace it is in {@code shop}. */
    public static <T extends HasMetadata> T object(Class<T> kind, String yaml) {
        return kind.cast(objects(yaml).get(0));
    }

    /** All objects in the text, between lines of {@code ---}; those without a namespace are in {@code shop}. */
    public static List<HasMetadata> objects(String yaml) {
        List<HasMetadata> objects = new ArrayList<>();
        try (MappingIterator<JsonNode> documents =
                YAML.readerFor(JsonNode.class).readValues(yaml)) {
            for (JsonNode document : documents.readAll()) {
                HasMetadata object = YAML.treeToValue(document, kindOf(document));
                if (object.getMetadata().getNamespace() == null && !(object instanceof Node)) {
                    object.getMetadata().setNamespace("shop");
                }
                objects.add(object);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return objects;
    }

    private static Class<? extends HasMetadata> kindOf(JsonNode document) {
        String kind = document.path("kind").asText();
        return switch (kind) {
            case "Pod" -> Pod.class;
            case "Node" -> Node.class;
            case "Secret" -> Secret.class;
            case "ConfigMap" -> ConfigMap.class;
            default ->
                Kinds.ALL.stream()
                        .filter(each -> each.name().equals(kind))
                        .map(ObjectKind::type)
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException("no kind for tests: " + kind));
        };
    }
}
