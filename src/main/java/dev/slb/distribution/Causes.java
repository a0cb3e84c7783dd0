package dev.slb.distribution;

import dev.slb.distribution.Cause.Kind;
import dev.slb.distribution.GroupTally.Repeats;
import dev.slb.distribution.GroupTally.Server;
import dev.slb.distribution.Timeline.Span;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Looks for what makes counts differ from the weights. Each cause is tested by taking it out and comparing again. */
final class Causes {

    /** So many clients per server make shares by client even enough. */
    private static final int CLIENTS_PER_SERVER = 10;

    private static final int ENOUGH_REPEATS = 10;
    private static final double STICKY_SHARE = 0.9;
    private static final double STICKY_DEVIATIONS = 4;
    /** An absence is one when chance would leave a server out so long in less than one of ten thousand logs. */
    private static final double ABSENCE = 1e-4;

    private static final int SLICES = 8;

    private final GroupTally tally;
    private final Policy policy;
    private final List<Server> servers;
    private final double[] known;
    private final double[] weights;
    private final double weightSum;
    private final long[] counts;
    private final boolean distinctClients;
    private final double significance;
    private final int active;

    /**
     * @param known weights, NaN where there is none
     * @param counts of what was compared
     */
    Causes(
            GroupTally tally,
            Policy policy,
            List<Server> servers,
            double[] known,
            long[] counts,
            boolean distinctClients,
            double significance) {
        this.tally = tally;
        this.policy = policy;
        this.servers = servers;
        this.known = known;
        this.weights = Comparison.zeroForUnknown(known);
        this.weightSum = DoubleStream.of(weights).sum();
        this.active =
                (int) DoubleStream.of(weights).filter(weight -> weight > 0).count();
        this.counts = counts;
        this.distinctClients = distinctClients;
        this.significance = significance;
    }

    /** @param unequal whether the counts of servers with weights differ from these, not only servers of weight 0 got some */
    List<Cause> find(boolean unequal) {
        List<Cause> causes = new ArrayList<>();
        zeroWeight().ifPresent(causes::add);
        if (unequal) {
            boolean sticky = isSticky();
            if (sticky) {
                causes.add(persistence());
                fewClients().ifPresent(causes::add);
            } else if (policy.persistent()) {
                causes.add(new Cause(
                        Kind.PERSISTENCE,
                        false,
                        "session persistence is on in the manifests; what was counted does not show what it does"));
            }
            if (policy.countsLoad() && (sticky || policy.persistent())) {
                causes.add(new Cause(
                        Kind.WLC_WITH_PERSISTENCE,
                        false,
                        "a server that is free gets new clients, and then keeps them; WRR does not pile them up"));
            }
            keepAlive().ifPresent(causes::add);
            Optional<Cause> absence = absence(sticky);
            absence.ifPresent(causes::add);
            if (!sticky && absence.isEmpty()) {
                unequalWeights().ifPresent(causes::add);
            }
        }
        causes.sort(Comparator.comparing((Cause cause) -> cause.kind() != Kind.ZERO_WEIGHT)
                .thenComparing(cause -> !cause.explains())
                .thenComparing(Cause::kind));
        return List.copyOf(causes);
    }

    Optional<Cause> zeroWeight() {
        List<String> named = IntStream.range(0, known.length)
                .filter(i -> known[i] == 0 && counts[i] > 0)
                .mapToObj(i -> servers.get(i).label() + " got " + counts[i])
                .toList();
        return named.isEmpty()
                ? Optional.empty()
                : Optional.of(new Cause(
                        Kind.ZERO_WEIGHT,
                        true,
                        String.join(", ", named)
                                + "; a server of weight 0 only ends what it had when its weight became 0"));
    }

    private boolean isSticky() {
        Repeats returns = tally.onNewConnection();
        return returns.all() >= ENOUGH_REPEATS
                ? isSticky(returns)
                // Too few connections to tell persistence from keep-alive: both are named.
                : isSticky(plus(returns, tally.onConnection()));
    }

    private static Repeats plus(Repeats a, Repeats b) {
        return new Repeats(a.all() + b.all(), a.same() + b.same());
    }

    /** More often on the same server than a choice by weight, made anew each time, would have it. */
    private boolean isSticky(Repeats repeats) {
        double chance = chanceOfSame();
        double deviation = Math.sqrt(repeats.all() * chance * (1 - chance));
        return repeats.all() >= ENOUGH_REPEATS
                && repeats.same() >= STICKY_SHARE * repeats.all()
                && repeats.same() - repeats.all() * chance > STICKY_DEVIATIONS * deviation
                && active > 1;
    }

    private double chanceOfSame() {
        return DoubleStream.of(weights)
                .map(weight -> weight / weightSum)
                .map(share -> share * share)
                .sum();
    }

    private Cause persistence() {
        Repeats returns = tally.onNewConnection();
        Repeats repeats = returns.all() >= ENOUGH_REPEATS ? returns : plus(returns, tally.onConnection());
        ChiSquared byClient = fit(weights, tally.firsts());
        return new Cause(
                Kind.PERSISTENCE,
                !distinctClients && byClient.pValue() >= significance,
                "%d of %d requests of a client that had been there before went to the same server as the one before (%s; by chance %s); %d of %d clients with several requests stayed with one server; each client counted once: %s"
                        .formatted(
                                repeats.same(),
                                repeats.all(),
                                Texts.percent((double) repeats.same() / repeats.all()),
                                Texts.percent(chanceOfSame()),
                                tally.stayingClients(),
                                tally.returningClients(),
                                Texts.pValue(byClient.pValue())));
    }

    private Optional<Cause> fewClients() {
        if (tally.clients() >= (long) CLIENTS_PER_SERVER * active) {
            return Optional.empty();
        }
        return Optional.of(new Cause(
                Kind.FEW_CLIENTS,
                !distinctClients && fit(weights, tally.firsts()).pValue() >= significance,
                "%d %s for %d servers; the busiest sent %s of all requests"
                        .formatted(
                                tally.clients(),
                                tally.clients() == 1 ? "client" : "clients",
                                active,
                                Texts.percent((double) tally.busiestClient() / tally.total()))));
    }

    private Optional<Cause> keepAlive() {
        Repeats returns = tally.onNewConnection();
        boolean acrossToo = returns.all() >= ENOUGH_REPEATS && isSticky(returns);
        if (acrossToo || !isSticky(tally.onConnection())) {
            return Optional.empty();
        }
        long connections = Arrays.stream(tally.connections()).sum();
        ChiSquared byConnection = fit(weights, tally.connections());
        return Optional.of(new Cause(
                Kind.KEEP_ALIVE,
                byConnection.pValue() >= significance,
                "%d requests on %d connections, %s per connection; %d of %d further requests of a connection went to its server; each connection counted once: %s"
                        .formatted(
                                tally.total(),
                                connections,
                                Texts.number((double) tally.total() / connections),
                                tally.onConnection().same(),
                                tally.onConnection().all(),
                                Texts.pValue(byConnection.pValue()))));
    }

    /** A run of spans in which a server got nothing. */
    private record Run(int server, int from, int to, long others) {}

    private Optional<Cause> absence(boolean sticky) {
        List<Span> spans = tally.timeline().spans();
        List<Run> runs = new ArrayList<>();
        for (int server = 0; server < weights.length; server++) {
            runs.addAll(absences(server, spans, sticky));
        }
        if (runs.isEmpty()) {
            return Optional.empty();
        }
        // At its edges a server was there for a part of the span: these are left out too.
        long[] rest = new long[weights.length];
        for (int i = 0; i < spans.size(); i++) {
            int at = i;
            if (runs.stream().noneMatch(run -> at >= run.from() - 1 && at <= run.to())) {
                for (int server = 0; server < rest.length; server++) {
                    rest[server] += spans.get(i).count(server);
                }
            }
        }
        double[] present = weights.clone();
        runs.stream().filter(run -> run.to() - run.from() == spans.size()).forEach(run -> present[run.server()] = 0);
        if (present.length > 0 && Arrays.stream(rest).sum() == 0) {
            // Away all the time: the others are compared among themselves.
            rest = Arrays.copyOf(tally.counts(), weights.length);
        }
        ChiSquared without = fit(present, rest);
        boolean partly = runs.stream().anyMatch(run -> run.to() - run.from() < spans.size());
        boolean tested = !partly || without.smallestExpected() >= ChiSquared.ENOUGH;
        String named = String.join(
                "; ",
                runs.stream()
                        .sorted(Comparator.comparing(Run::others).reversed())
                        .limit(5)
                        .map(run -> describe(run, spans))
                        .toList());
        return Optional.of(new Cause(
                Kind.HEALTH,
                tested && without.pValue() >= significance,
                named
                        + (runs.size() > 5 ? "; and " + (runs.size() - 5) + " more" : "")
                        + (tested ? "; all else compared: " + Texts.pValue(without.pValue()) : "")));
    }

    private List<Run> absences(int server, List<Span> spans, boolean sticky) {
        List<Run> runs = new ArrayList<>();
        double share = weights[server] / weightSum;
        for (int from = 0; from < spans.size(); from++) {
            int to = from;
            long others = 0;
            while (to < spans.size() && spans.get(to).count(server) == 0) {
                others += spans.get(to++).total();
            }
            // Where clients stick it is they who choose, not their requests.
            long choices = sticky ? Math.min(others, tally.clients()) : others;
            if (to > from && share > 0 && Math.pow(1 - share, choices) * spans.size() < ABSENCE) {
                runs.add(new Run(server, from, to, others));
            }
            from = to;
        }
        return runs;
    }

    private String describe(Run run, List<Span> spans) {
        String label = servers.get(run.server()).label();
        if (run.to() - run.from() == spans.size()) {
            return label + " got nothing at all";
        }
        return label + " got nothing"
                + Texts.span(
                        spans.get(run.from()).start(), spans.get(run.to() - 1).end()) + " while the others got "
                + run.others();
    }

    private Optional<Cause> unequalWeights() {
        double[] equal =
                Arrays.stream(weights).map(weight -> weight > 0 ? 1 : 0).toArray();
        if (!Arrays.equals(
                equal,
                Arrays.stream(weights).map(weight -> weight / max(weights)).toArray())) {
            ChiSquared asEqual = fit(equal, counts);
            return asEqual.pValue() < significance
                    ? steadyShares()
                    : Optional.of(new Cause(
                            Kind.UNEQUAL_WEIGHTS,
                            true,
                            "the counts fit equal weights (%s): as scheduler RR has it, or an edit of the weights that was not taken"
                                    .formatted(Texts.pValue(asEqual.pValue()))));
        }
        return steadyShares();
    }

    private static double max(double[] values) {
        return DoubleStream.of(values).max().orElse(1);
    }

    private Optional<Cause> steadyShares() {
        List<Span> spans = tally.timeline().spans();
        long[][] slices = new long[SLICES][weights.length];
        for (int i = 0; i < spans.size(); i++) {
            for (int server = 0; server < weights.length; server++) {
                slices[i * SLICES / spans.size()][server] +=
                        weights[server] > 0 ? spans.get(i).count(server) : 0;
            }
        }
        ChiSquared steady = ChiSquared.ofHomogeneity(slices);
        if (spans.size() < SLICES || steady.smallestExpected() < ChiSquared.ENOUGH || steady.pValue() < significance) {
            return Optional.empty();
        }
        double total = IntStream.range(0, counts.length)
                .filter(i -> weights[i] > 0)
                .mapToLong(i -> counts[i])
                .sum();
        String ratios = String.join(
                " : ",
                IntStream.range(0, counts.length)
                        .filter(i -> weights[i] > 0)
                        .limit(10)
                        .mapToObj(i -> Texts.number(Math.rint(1000 * counts[i] / total) / 10))
                        .toList());
        return Optional.of(new Cause(
                Kind.UNEQUAL_WEIGHTS,
                true,
                "the shares stayed the same over the whole period (%s), as weights %s%s would have it; see the weights in use"
                        .formatted(Texts.pValue(steady.pValue()), ratios, active > 10 ? " : ..." : "")));
    }

    private static ChiSquared fit(double[] weights, long[] counts) {
        return ChiSquared.ofFit(weights, Arrays.copyOf(counts, weights.length));
    }
}
