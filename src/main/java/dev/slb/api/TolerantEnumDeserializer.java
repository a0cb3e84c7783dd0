package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.BeanProperty;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.deser.ContextualDeserializer;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** Reads the enums of the API; see {@link TolerantEnum}. */
final class TolerantEnumDeserializer extends StdDeserializer<Enum<?>> implements ContextualDeserializer {
    private static final long serialVersionUID = 1L;
    private static final String UNKNOWN = "Unknown";

    private final transient Map<String, Enum<?>> constants;

    /** For Jackson, which asks {@link #createContextual} for the one that knows its enum. */
    TolerantEnumDeserializer() {
        this(Enum.class, Map.of());
    }

    private TolerantEnumDeserializer(Class<?> type, Map<String, Enum<?>> constants) {
        super(type);
        this.constants = constants;
    }

    @Override
    public JsonDeserializer<?> createContextual(DeserializationContext context, BeanProperty property) {
        Class<?> type = context.getContextualType().getRawClass();
        Map<String, Enum<?>> constants = new HashMap<>();
        for (Object constant : type.getEnumConstants()) {
            constants.put(nameOf(type, (Enum<?>) constant), (Enum<?>) constant);
        }
        return new TolerantEnumDeserializer(type, Map.copyOf(constants));
    }

    private static String nameOf(Class<?> type, Enum<?> constant) {
        try {
            JsonProperty renamed = type.getField(constant.name()).getAnnotation(JsonProperty.class);
            return renamed == null ? constant.name() : renamed.value();
        } catch (NoSuchFieldException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Enum<?> deserialize(JsonParser parser, DeserializationContext context) throws IOException {
        Enum<?> unknown = constants.get(UNKNOWN);
        if (!parser.currentToken().isScalarValue()) {
            parser.skipChildren();
            return unknown;
        }
        return constants.getOrDefault(parser.getText(), unknown);
    }
}
