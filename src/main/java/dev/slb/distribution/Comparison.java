package dev.slb.distribution;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.slb.distribution.GroupTally.Server;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The counts of one group beside its weights.
 *
 * @param group empty where the log names none
 * @param basis what was counted
 * @param unserved requests that no server was asked for; they count for nothing
 * @param clients distinct addresses, null when not known
 * @param test null when there was nothing to compare
 * @param significance differences are called when the test's p-value is below it
 * @param causes likely ones, those that explain it first; none while traffic follows the weights
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Comparison(
        String group,
        Basis basis,
        long counted,
        long unserved,
        Long clients,
        List<ServerShare> servers,
        ChiSquared test,
        double significance,
        Verdict verdict,
        List<Cause> causes,
        List<String> warnings) {

    /** What was counted. */
    public enum Basis {
        REQUESTS,
        /** Each client once, for the first server that it had. */
        CLIENTS
    }

    /** The answer. */
    public enum Verdict {
        /** Any difference is chance. */
        FOLLOWS,
        DIFFERS,
        /** The weights are of other servers, or nothing was counted. */
        NOT_COMPARED
    }

    /**
     * @param weight null when it has none that is known; it is then left out of the comparison
     * @param expected share by weight, 0..1
     * @param share of what was compared, 0..1
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record ServerShare(String server, String name, Double weight, long count, Double expected, double share) {}

    /**
     * @param alone whether it is the only group: then weights without a match are a mistake to show, not another group's
     */
    static Comparison of(GroupTally tally, Policy policy, boolean distinctClients, double significance, boolean alone) {
        List<String> warnings = new ArrayList<>();
        Weights.Assigned assigned = policy.weights() == null
                ? Weights.equal(tally.servers())
                : policy.weights().assign(tally.servers());
        List<Server> servers = assigned.servers();
        double[] weights = assigned.weights();
        long[] counts = Arrays.copyOf(distinctClients ? tally.firsts() : tally.counts(), servers.size());
        warn(tally, policy, assigned, distinctClients, warnings);
        if (policy.ignoresWeights()) {
            for (int i = 0; i < weights.length; i++) {
                weights[i] = weights[i] > 0 ? 1 : weights[i];
            }
        }
        long compared = 0;
        double weightSum = 0;
        long counted = 0;
        for (int i = 0; i < weights.length; i++) {
            counted += counts[i];
            if (!Double.isNaN(weights[i])) {
                compared += counts[i];
                weightSum += weights[i];
            }
        }
        List<ServerShare> shares = new ArrayList<>();
        for (int i = 0; i < weights.length; i++) {
            shares.add(share(servers.get(i), weights[i], weightSum, counts[i], compared));
        }
        boolean comparable = compared > 0 && (policy.weights() != null || servers.size() > 1);
        ChiSquared test = comparable ? ChiSquared.ofFit(zeroForUnknown(weights), counts) : null;
        Verdict verdict = Verdict.NOT_COMPARED;
        List<Cause> causes = List.of();
        if (test != null) {
            if (test.degrees() > 0 && test.smallestExpected() < ChiSquared.ENOUGH) {
                warnings.add("the smallest expected count is %s: below %s the p-value is rough"
                        .formatted(Texts.number(test.smallestExpected()), Texts.number(ChiSquared.ENOUGH)));
            }
            Causes finder = new Causes(tally, policy, servers, weights, counts, distinctClients, significance);
            boolean zeroWeight = finder.zeroWeight().isPresent();
            verdict = zeroWeight || test.pValue() < significance ? Verdict.DIFFERS : Verdict.FOLLOWS;
            causes = verdict == Verdict.DIFFERS ? finder.find(test.pValue() < significance) : List.of();
        } else if (counted > 0 && policy.weights() == null) {
            warnings.add("only one server was seen: name the others by their weights");
        } else if (counted > 0 && !alone) {
            warnings.add("no weights are given for this group");
        }
        return new Comparison(
                tally.name(),
                distinctClients ? Basis.CLIENTS : Basis.REQUESTS,
                counted,
                tally.unserved(),
                tally.knowsClients() ? tally.clients() : null,
                shares,
                test,
                significance,
                verdict,
                causes,
                List.copyOf(warnings));
    }

    private static ServerShare share(Server server, double weight, double weightSum, long count, long compared) {
        String name = server.label().equals(server.id()) ? null : server.label();
        if (Double.isNaN(weight)) {
            return new ServerShare(server.id(), name, null, count, null, 0);
        }
        return new ServerShare(
                server.id(),
                name,
                weight,
                count,
                weightSum > 0 ? weight / weightSum : 0,
                compared > 0 ? (double) count / compared : 0);
    }

    private static void warn(
            GroupTally tally,
            Policy policy,
            Weights.Assigned assigned,
            boolean distinctClients,
            List<String> warnings) {
        if (policy.weights() == null) {
            warnings.add("no weights are given: equal ones are assumed");
        }
        for (int i = 0; i < assigned.weights().length; i++) {
            if (Double.isNaN(assigned.weights()[i])) {
                warnings.add(assigned.servers().get(i).label() + " has no weight and is left out");
            }
        }
        assigned.unmatched()
                .forEach(entry -> warnings.add("no server of entry " + entry
                        + " was recognised; manifests with their status name each server"));
        if (policy.ignoresWeights()) {
            warnings.add("scheduler " + policy.scheduler() + " ignores weights other than 0: equal ones are expected");
        } else if (policy.countsLoad()) {
            warnings.add(
                    "scheduler " + policy.scheduler() + " follows the weights only where servers are equally fast");
        } else if (policy.hashes()) {
            warnings.add("scheduler " + policy.scheduler() + " follows the weights only over many clients");
        }
        if (!tally.knowsClients() && tally.total() > 0) {
            warnings.add("client addresses are not known" + (distinctClients ? " for all requests" : "")
                    + ": session persistence can't be seen");
        }
    }

    static double[] zeroForUnknown(double[] weights) {
        // Of weight 0 the test leaves out both sides.
        return Arrays.stream(weights)
                .map(weight -> Double.isNaN(weight) ? 0 : weight)
                .toArray();
    }
}
