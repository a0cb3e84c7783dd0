package dev.slb.api;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;

/**
 * Mappers for the objects of the API. Reading is tolerant by the annotations of the types, so the Kubernetes client reads
 * them just as well with its own. */
public final class ApiMapper {
    private ApiMapper() {}

    /** A new mapper for JSON, set up as the Kubernetes client sets up its own. */
    public static ObjectMapper json() {
        return configured(JsonMapper.builder().build());
    }

    /** A new mapper for YAML of one document. */
    public static ObjectMapper yaml() {
        return configured(YAMLMapper.builder()
                .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
                .build());
    }

    private static <M extends ObjectMapper> M configured(M mapper) {
        new KubernetesSerialization(mapper, false);
        mapper.disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
        return mapper;
    }
}
