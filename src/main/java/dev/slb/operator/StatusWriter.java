package dev.slb.operator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.slb.api.ActiveRole;
import dev.slb.api.ApiObject;
import dev.slb.api.Listener;
import dev.slb.api.MasterSlaveGroup;
import dev.slb.api.MasterSlaveGroupStatus;
import dev.slb.control.BindPorts;
import dev.slb.control.Control;
import dev.slb.control.Statuses;
import dev.slb.control.world.World;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import dev.slb.translate.ConditionType;
import dev.slb.translate.ListenerTranslation;
import dev.slb.translate.status.ForwarderReports;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.Collection;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Writes the status of an object, when it is not what it should be, and records the port to bind in it. Each write replaces the
 * status of exactly the version that it was made from: a replica that was elected no longer, or that lags behind, gets a
 * conflict.
 */
final class StatusWriter {

    private static final Logger log = LoggerFactory.getLogger(StatusWriter.class);

    private final KubernetesClient client;
    private final World world;
    private final Control control;
    private final Statuses statuses;
    private final BindPorts bindPorts;
    private final Supplier<ForwarderReports> reports;
    private final BooleanSupplier elected;
    private final EventRecorder events;
    private final Measures measures;
    private final Consumer<Collection<ObjectId>> onTouched;
    private final BiConsumer<ObjectId, Duration> later;
    private final StatusPace pace = new StatusPace(System::nanoTime);
    private final Failovers failovers = new Failovers();

    /**
     * @param onTouched hears of objects that mean something else by what was written
     * @param later to be called again for an object after some time
     */
    StatusWriter(
            KubernetesClient client,
            World world,
            Control control,
            Statuses statuses,
            BindPorts bindPorts,
            Supplier<ForwarderReports> reports,
            BooleanSupplier elected,
            EventRecorder events,
            Measures measures,
            Consumer<Collection<ObjectId>> onTouched,
            BiConsumer<ObjectId, Duration> later) {
        this.client = client;
        this.world = world;
        this.control = control;
        this.statuses = statuses;
        this.bindPorts = bindPorts;
        this.reports = reports;
        this.elected = elected;
        this.events = events;
        this.measures = measures;
        this.onTouched = onTouched;
        this.later = later;
    }

    /**
     * @return the object as it was written; empty when there was nothing to write, or another replica has to
     * @throws KubernetesClientException when the write failed and has to be tried again
     */
    Optional<ApiObject<?, ?>> write(ObjectId id) {
        ApiObject<?, ?> present = world.object(id).orElse(null);
        if (present == null || !elected.getAsBoolean()) {
            pace.forget(id);
            failovers.forget(id);
            return Optional.empty();
        }
        Optional<ApiObject<?, ?>> wished = statuses.withStatus(id, present, reports.get(), bindPort(id));
        if (wished.isEmpty()) {
            return Optional.empty();
        }
        measure(id, present, wished.get());
        Optional<Duration> wait = pace.waitBefore(id, present, wished.get());
        if (Objects.equals(present.getStatus(), wished.get().getStatus()) || !elected.getAsBoolean()) {
            return Optional.empty();
        }
        if (wait.isPresent()) {
            later.accept(id, wait.get());
            return Optional.empty();
        }
        ApiObject<?, ?> written;
        try {
            written = patch(present, wished.get());
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
        pace.written(id);
        onTouched.accept(world.replace(present, written));
        events.turned(written, present.conditions(), wished.get().conditions());
        Kinds.MASTER_SLAVE_GROUP
                .of(written)
                .ifPresent(group -> failovers
                        .turn(id, active(present), active(wished.get()))
                        .ifPresent(role -> events.failedOver(group, role)));
        return Optional.of(written);
    }

    private void measure(ObjectId id, ApiObject<?, ?> present, ApiObject<?, ?> wished) {
        Long generation = present.getMetadata().getGeneration();
        if (!Objects.equals(wished.getStatus().observedGeneration(), generation)) {
            return;
        }
        if (is(wished, ConditionType.Programmed, true)) {
            measures.programmed(id, generation);
        } else if (is(wished, ConditionType.Accepted, false) || is(wished, ConditionType.ResolvedRefs, false)) {
            measures.refused(id, generation);
        }
    }

    private static boolean is(ApiObject<?, ?> object, ConditionType type, boolean status) {
        return object.conditions().stream()
                .anyMatch(condition -> condition.getType().equals(type.name())
                        && condition.getStatus().equals(status ? "True" : "False"));
    }

    private static ActiveRole active(ApiObject<?, ?> group) {
        return Kinds.MASTER_SLAVE_GROUP
                .of(group)
                .map(MasterSlaveGroup::getStatus)
                .map(MasterSlaveGroupStatus::active)
                .orElse(null);
    }

    /** The port to record: a new one where there is none yet, or where an older listener has the same. */
    private Integer bindPort(ObjectId id) {
        Optional<Listener> listener = world.object(Kinds.LISTENER, id);
        boolean awaited = control.translation(Kinds.LISTENER, id)
                .filter(ListenerTranslation::awaitsBindPort)
                .isPresent();
        if (listener.isEmpty() || (!awaited && !bindPorts.mustMove(listener.get()))) {
            return null;
        }
        int port = bindPorts.portOf(id);
        log.info("listener {}/{} is bound to port {}", id.namespace(), id.name(), port);
        return port;
    }

    private ApiObject<?, ?> patch(ApiObject<?, ?> present, ApiObject<?, ?> wished) {
        ArrayNode patch = JsonNodeFactory.instance.arrayNode();
        patch.addObject()
                .put("op", "replace")
                .put("path", "/metadata/resourceVersion")
                .put("value", present.getMetadata().getResourceVersion());
        patch.addObject()
                .put("op", "add")
                .put("path", "/status")
                .set("value", client.getKubernetesSerialization().convertValue(wished.getStatus(), JsonNode.class));
        return client.<ApiObject<?, ?>>resource(present)
                .subresource("status")
                .patch(PatchContext.of(PatchType.JSON), patch.toString());
    }
}
