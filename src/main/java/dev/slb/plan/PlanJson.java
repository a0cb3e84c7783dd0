package dev.slb.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.slb.base.Sha256;

/** Plan documents and reports as JSON: deterministic (sorted names), and with it their versions. */
public final class PlanJson {

    /** Tolerates unknown fields, so that a forwarder understands a newer operator. */
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private PlanJson() {}

    public static ObjectMapper mapper() {
        return MAPPER;
    }

    /** One line, no line break inside. */
    public static String write(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a plan record that can't be written as JSON", e);
        }
    }

    /** @throws IllegalArgumentException when the text is not such a record; the message names the place, not the content */
    public static <T> T read(String json, Class<T> type) {
        try {
            return MAPPER.readValue(json, type);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "not a " + type.getSimpleName() + ": " + e.getOriginalMessage() + " at " + e.getLocation(), e);
        }
    }

    /** The version that a document gets when it is {@link #write written} here. */
    public static String version(PlanDocument document) {
        return version(write(document));
    }

    /** The version of a text: the first 16 bytes of its SHA-256, in hex. */
    public static String version(String json) {
        return Sha256.hex(json, 32);
    }
}
