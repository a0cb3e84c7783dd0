package dev.slb.api;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.BeanProperty;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.deser.ContextualDeserializer;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.util.ClassUtil;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.CustomResource;

import java.io.IOException;

/** Reads the four kinds; see {@link ApiObject}. */
final class ApiObjectDeserializer extends StdDeserializer<ApiObject<?, ?>> implements ContextualDeserializer {

    private static final long serialVersionUID = 1L;

    private final JavaType type;

    /** For Jackson, which asks {@link #createContextual} for the one that knows its kind. */
    ApiObjectDeserializer() {
        super(ApiObject.class);
        this.type = null;
    }

    private ApiObjectDeserializer(JavaType type) {
        super(type);
        this.type = type;
    }

    @Override
    public JsonDeserializer<?> createContextual(DeserializationContext context, BeanProperty property) {
        return new ApiObjectDeserializer(context.getContextualType());
    }

    @Override
    public ApiObject<?, ?> deserialize(JsonParser parser, DeserializationContext context) throws IOException {
        JsonNode tree = context.readTree(parser);
        if (!tree.isObject()) {
            return (ApiObject<?, ?>) context.handleUnexpectedToken(type.getRawClass(), parser);
        }
        return fill((ApiObject<?, ?>) ClassUtil.createInstance(type.getRawClass(), false), tree, context);
    }

    private <S, T extends ApiStatus> ApiObject<S, T> fill(
            ApiObject<S, T> object, JsonNode tree, DeserializationContext context) throws IOException {
        JavaType[] types = context.getTypeFactory().findTypeParameters(type, CustomResource.class);
        PartialReading<S> spec = read(tree, "spec", types[0], context);
        PartialReading<T> status = read(tree, "status", types[1], context);
        PartialReading<ObjectMeta> metadata = read(tree, "metadata", context.constructType(ObjectMeta.class), context);
        object.setSpec(spec.value());
        object.setStatus(status.value());
        object.markUnreadable(spec.problems());
        if (metadata.value() != null) {
            object.setMetadata(metadata.value());
        }
        return object;
    }

    private static <T> PartialReading<T> read(
            JsonNode tree, String field, JavaType type, DeserializationContext context) throws IOException {
        JsonNode node = tree.path(field);
        return PartialReading.of(
                node,
                field,
                part -> part.isMissingNode() || part.isNull() ? null : context.readTreeAsValue(part, type));
    }
}
