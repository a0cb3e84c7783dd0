package dev.slb.operator;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.DeserializationConfig;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.deser.BeanDeserializerModifier;
import com.fasterxml.jackson.databind.deser.std.DelegatingDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import dev.slb.api.PartialReading;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.Set;

/**
 * How objects of Kubernetes are read that are watched: an informer reads lists as a whole, and one object that its type can't
 * take would end the watch of all. Our own kinds take care of that themselves, see {@link dev.slb.api.ApiObject}.
 */
final class TolerantReading {

    private static final Logger log = LoggerFactory.getLogger(TolerantReading.class);

    private static final Set<Class<?>> WATCHED =
            Set.of(Pod.class, Node.class, Service.class, Secret.class, ConfigMap.class);

    private TolerantReading() {}

    /** As the Kubernetes client reads by default, but for that. */
    static KubernetesSerialization serialization() {
        ObjectMapper mapper = new ObjectMapper();
        mapper.registerModule(new SimpleModule("watched objects")
                .setDeserializerModifier(new BeanDeserializerModifier() {
                    private static final long serialVersionUID = 1L;

                    @Override
                    public JsonDeserializer<?> modifyDeserializer(
                            DeserializationConfig config,
                            BeanDescription description,
                            JsonDeserializer<?> deserializer) {
                        return WATCHED.contains(description.getBeanClass()) ? new Tolerant(deserializer) : deserializer;
                    }
                }));
        return new KubernetesSerialization(mapper, true);
    }

    private static final class Tolerant extends DelegatingDeserializer {

        private static final long serialVersionUID = 1L;

        Tolerant(JsonDeserializer<?> delegate) {
            super(delegate);
        }

        @Override
        protected JsonDeserializer<?> newDelegatingInstance(JsonDeserializer<?> delegate) {
            return new Tolerant(delegate);
        }

        @Override
        public Object deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            JsonNode tree = context.readTree(parser);
            PartialReading<Object> reading = PartialReading.of(tree, "", part -> {
                JsonParser again = part.traverse(parser.getCodec());
                again.nextToken();
                return super.deserialize(again, context);
            });
            if (reading.value() instanceof HasMetadata object) {
                if (!reading.problems().isEmpty() && log.isDebugEnabled()) {
                    log.debug(
                            "{} {}/{} is read without {}",
                            object.getKind(),
                            object.getMetadata().getNamespace(),
                            object.getMetadata().getName(),
                            reading.problems());
                }
                return object;
            }
            return context.reportInputMismatch(handledType(), "not an object: %s", reading.problems());
        }
    }
}
