package dev.slb.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.slb.api.Listener;
import dev.slb.api.LoadBalancer;
import dev.slb.api.MasterSlaveGroup;
import dev.slb.api.VServerGroup;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.CustomResource;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The CRDs that the program carries: the files of the folder {@code crds}. */
final class Crds {
    private static final List<Class<? extends CustomResource<?, ?>>> TYPES =
            List.of(LoadBalancer.class, Listener.class, VServerGroup.class, MasterSlaveGroup.class);

    private final Map<String, Crd> byKind = new TreeMap<>();

    Crds() {
        CelRules cel = new CelRules();
        for (Class<? extends CustomResource<?, ?>> type : TYPES) {
            byKind.put(HasMetadata.getKind(type), new Crd(type, schemaOf(type, cel)));
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
