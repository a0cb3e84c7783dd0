package dev.slb.distribution;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.slb.plan.ForwarderStats.GroupStats;
import dev.slb.plan.SchedulerType;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Where the expected weights come from: given by hand, from manifests (best with their status), or from a forwarder. */
public final class Expectations {

    /** @param scheduler null where it is not known */
    private record Use(SchedulerType scheduler, boolean persistent) {
        Use and(Use other) {
            // Several listeners with one group: what skews counts most is what matters.
            boolean skews = scheduler != null && scheduler.countsLoad();
            return new Use(skews ? scheduler : other.scheduler, persistent || other.persistent);
        }
    }

    private final Map<String, Weights> groups = new HashMap<>();
    private final Map<String, Use> uses = new HashMap<>();
    private Weights given;

    /** Weights given by hand come before all others. */
    public Expectations give(Weights weights) {
        given = weights;
        return this;
    }

    /** A copy that knows these weights, and how a forwarder uses its groups, where it knew nothing. */
    Expectations orElse(Map<String, Weights> others, List<GroupStats> used) {
        Expectations copy = new Expectations();
        copy.groups.putAll(others);
        copy.groups.putAll(groups);
        used.forEach(group -> group.schedulers()
                .forEach(scheduler -> copy.use(group.group().toString(), scheduler, group.persistent())));
        copy.uses.putAll(uses);
        copy.given = given;
        return copy;
    }

    /**
     * Adds the groups of manifests, YAML or JSON, and how their listeners use them.
     *
     * @throws LogException when it can't be read
     */
    public void addManifests(String name, String text) throws LogException {
        try (MappingIterator<JsonNode> documents =
                new YAMLMapper().readerFor(JsonNode.class).readValues(text)) {
            while (documents.hasNext()) {
                addManifest(documents.next());
            }
        } catch (IOException | RuntimeException e) {
            throw new LogException(name + ": not a manifest: " + e.getMessage());
        }
    }

    private void addManifest(JsonNode object) {
        String id = object.at("/metadata/namespace").asText("default") + "/"
                + object.at("/metadata/name").asText();
        JsonNode spec = object.path("spec");
        switch (object.path("kind").asText()) {
            case "VServerGroup" -> groups.put("vservergroup/" + id, weights(spec, object.path("status")));
            case "LoadBalancer" -> {
                if (spec.has("servers")) {
                    groups.put("pool/" + id, weights(spec, object.path("status")));
                }
            }
            case "Listener" -> addListener(id.substring(0, id.indexOf('/')), spec);
            default -> object.path("items").forEach(this::addManifest);
        }
    }

    private void addListener(String namespace, JsonNode spec) {
        JsonNode group = spec.path("serverGroupRef");
        String own = group.isObject()
                ? group.path("kind").asText("VServerGroup").toLowerCase(Locale.ROOT) + "/" + namespace + "/"
                        + group.path("name").asText()
                : "pool/" + namespace + "/" + spec.at("/loadBalancerRef/name").asText();
        SchedulerType scheduler = scheduler(spec, SchedulerType.WRR);
        boolean persistent = spec.has("sessionPersistence");
        use(own, scheduler, persistent);
        for (JsonNode rule : spec.path("rules")) {
            use(
                    "vservergroup/" + namespace + "/"
                            + rule.at("/serverGroupRef/name").asText(),
                    scheduler(rule, scheduler),
                    persistent || rule.has("sessionPersistence"));
        }
    }

    /** @return null for one that this version does not know */
    private static SchedulerType scheduler(JsonNode spec, SchedulerType usual) {
        String name = spec.path("scheduler").asText(usual == null ? null : usual.name());
        return Arrays.stream(SchedulerType.values())
                .filter(type -> type.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    private void use(String group, SchedulerType scheduler, boolean persistent) {
        uses.merge(group, new Use(scheduler, persistent), Use::and);
    }

    private static Weights weights(JsonNode spec, JsonNode status) {
        List<Weights.Entry> entries = new ArrayList<>();
        for (JsonNode server : status.path("servers")) {
            if (server.hasNonNull("address") && server.hasNonNull("weight") && !server.hasNonNull("reason")) {
                entries.add(
                        new Weights.Entry(address(server), server.get("weight").asDouble(), false, true));
            }
        }
        if (!entries.isEmpty()) {
            return new Weights(entries);
        }
        for (JsonNode server : spec.path("servers")) {
            double weight = server.path("weight").asDouble(100);
            boolean shared = "Shared".equals(server.path("weightMode").asText());
            boolean byAddress = server.hasNonNull("address");
            String name = byAddress
                    ? address(server)
                    : server.path("podName").asText(server.path("name").asText());
            entries.add(new Weights.Entry(name, weight, shared, byAddress));
        }
        return new Weights(entries);
    }

    private static String address(JsonNode server) {
        String address = server.get("address").asText();
        JsonNode port = server.path("port");
        if (!port.isInt()) {
            return address;
        }
        return (address.indexOf(':') < 0 ? address : "[" + address + "]") + ":" + port.asInt();
    }

    /**
     * What is wanted of a group: by its name, else the group of which most servers were seen. Its weights are null only
     * when none are known at all; when they are known for other servers only, they match none of this group.
     */
    Policy of(GroupTally tally) {
        String name = tally.name();
        if (!groups.containsKey(name) && given == null) {
            int most = 0;
            for (Map.Entry<String, Weights> each : groups.entrySet()) {
                int matched = each.getValue().assign(tally.servers()).matched();
                if (matched > most) {
                    most = matched;
                    name = each.getKey();
                }
            }
        }
        Weights weights = given != null ? given : groups.get(name);
        if (weights == null && !groups.isEmpty()) {
            weights = new Weights(List.of());
        }
        Use use = uses.getOrDefault(name, new Use(null, false));
        return new Policy(name, weights, use.scheduler(), use.persistent());
    }
}
