package dev.slb.operator;

import dev.slb.api.ActiveRole;
import dev.slb.api.MasterSlaveGroup;
import dev.slb.translate.Subject;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.api.model.events.v1.EventSeriesBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Tells people of conditions that turn. The same turn of the same object is one Event that counts. Events are for people to
 * read: one that can't be written is dropped.
 */
final class EventRecorder {

    private static final Logger log = LoggerFactory.getLogger(EventRecorder.class);

    private static final String CONTROLLER = "slb.dev/operator";
    private static final int MAX_NOTE = 1000;
    private static final int MAX_NAME = 253;
    private static final DateTimeFormatter MICROS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    /** Events live for an hour or so; what this replica has counted need not be kept for more of them. */
    private static final int MAX_COUNTS = 1000;

    /** Derived from the others, for tools. */
    private static final List<String> DERIVED = List.of("Reconciling", "Stalled");

    /** On the way: no news of an object that was not there yet. */
    private static final List<String> IN_PROGRESS = List.of("Pending", "NoForwarder", "NotProgrammed", "NoAddress");

    private final KubernetesClient client;
    private final String instance;
    private final Clock clock;

    /** How often events that were there already have happened, by name. */
    private final Map<String, Integer> counts = Collections.synchronizedMap(new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Integer> eldest) {
            return size() > MAX_COUNTS;
        }
    });

    EventRecorder(KubernetesClient client, String instance, Clock clock) {
        this.client = client;
        this.instance = instance;
        this.clock = clock;
    }

    /** Tells what turned between two lists of conditions: into another status, or False for another reason. */
    void turned(HasMetadata object, List<Condition> before, List<Condition> after) {
        for (Condition now : after) {
            Optional<Condition> then = before.stream()
                    .filter(condition -> condition.getType().equals(now.getType()))
                    .findFirst();
            if (!DERIVED.contains(now.getType()) && isTurn(then, now)) {
                boolean bad = "False".equals(now.getStatus());
                record(object, bad ? "Warning" : "Normal", now.getReason(), now.getMessage());
            }
        }
    }

    /** What is good from the start is no news, but that the object is ready; nor is what is still on its way there. */
    private static boolean isTurn(Optional<Condition> then, Condition now) {
        boolean good = "True".equals(now.getStatus());
        if (then.isPresent() && !then.get().getStatus().equals(now.getStatus())) {
            return true;
        }
        if ("Unknown".equals(now.getStatus())) {
            return false;
        }
        if (good) {
            return then.isEmpty() && "Ready".equals(now.getType());
        }
        boolean sameReason = then.isPresent() && Objects.equals(then.get().getReason(), now.getReason());
        return !sameReason && !IN_PROGRESS.contains(now.getReason());
    }

    /** Tells that connections of a group go to the other role. That nobody takes them, the condition Ready says. */
    void failedOver(MasterSlaveGroup group, ActiveRole to) {
        String name = Subject.of(group).name();
        if (to == ActiveRole.Slave) {
            record(group, "Warning", "SlaveActive", name + ": connections go to the slave");
        } else {
            record(group, "Normal", "MasterActive", name + ": connections go to the master again");
        }
    }

    void warn(HasMetadata object, String reason, String message) {
        record(object, "Warning", reason, message);
    }

    private void record(HasMetadata object, String type, String reason, String message) {
        String note = message.length() > MAX_NOTE ? message.substring(0, MAX_NOTE) : message;
        String namespace = object.getMetadata().getNamespace();
        String uid = object.getMetadata().getUid();
        String name = Digests.suffixed(
                object.getMetadata().getName(), String.join("\n", object.getKind(), uid, type, reason, note), MAX_NAME);
        Event event = new EventBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .endMetadata()
                .withNewRegarding()
                .withApiVersion(object.getApiVersion())
                .withKind(object.getKind())
                .withNamespace(namespace)
                .withName(object.getMetadata().getName())
                .withUid(uid)
                .endRegarding()
                .withType(type)
                .withReason(reason)
                .withNote(note)
                .withAction("Reconcile")
                .withEventTime(new MicroTime(now()))
                .withReportingController(CONTROLLER)
                .withReportingInstance(instance)
                .build();
        try {
            write(event);
        } catch (KubernetesClientException e) {
            log.warn("no Event for {} {}/{} ({}): {}", object.getKind(), namespace, name, reason, e.getMessage());
        }
    }

    private void write(Event event) {
        try {
            client.resource(event).create();
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
            int count = counts.merge(event.getMetadata().getName(), 2, (known, first) -> known + 1);
            client.resource(event)
                    .patch(
                            PatchContext.of(PatchType.JSON_MERGE),
                            client.getKubernetesSerialization()
                                    .asJson(Map.of(
                                            "series",
                                            new EventSeriesBuilder()
                                                    .withCount(count)
                                                    .withLastObservedTime(new MicroTime(now()))
                                                    .build())));
        }
    }

    /** With six decimals, as the API has it. */
    private String now() {
        return MICROS.format(clock.instant());
    }
}
