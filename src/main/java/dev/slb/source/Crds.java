package dev.slb.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectKind;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.CustomResource;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The CRDs that the program carries: the files of the folder {@code crds}. */
final class Crds {
    private final Map<String, Crd> byKind = new TreeMap<>();

    Crds() {
        CelRules cel = new CelRules();
        for (ObjectKind<?, ?> kind : Kinds.ALL) {
            byKind.put(kind.name(), new Crd(kind.type(), schemaOf(kind.type(), cel)));
        }
    }

    Optional<Crd> of(String kind) {
        return Optional.ofNullable(byKind.get(kind));
    }

    /** Sorted. */
    Iterable<String> kinds() {
        return byKind.keySet();
    }

    private static Schema schemaOf(Class<? extends CustomResource<?, ?>> type, CelRules cel) {
        String file = "/crds/" + HasMetadata.getGroup(type) + "_" + HasMetadata.getPlural(type) + ".yaml";
        try (InputStream crd = Crds.class.getResourceAsStream(file)) {
            if (crd == null) {
                throw new IllegalStateException(file + " is not on the class path");
            }
            JsonNode version = new YAMLMapper().readTree(crd).at("/spec/versions/0");
            return Schema.parse(version.at("/schema/openAPIV3Schema"), cel);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
