package dev.slb.distribution;

import dev.slb.plan.DocumentId;
import dev.slb.plan.GroupBalance;
import dev.slb.plan.GroupBalance.Reason;
import dev.slb.plan.GroupBalance.Share;
import dev.slb.plan.GroupBalance.Verdict;
import dev.slb.plan.SchedulerType;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongUnaryOperator;
import java.util.function.Predicate;

/**
 * Compares what the servers of one group get with their weights, window by window, for as long as its forwarder runs. The
 * answer turns only after several windows in a row said the other thing. Looked at every so often by one thread.
 *
 * <p>A window ends when it is old enough and has enough traffic for the test. It starts anew when the group or the way it is
 * used changes: what was counted by older weights says nothing of the new ones.
 */
public final class BalanceWatch {

    /** Windows follow each other for ever: chance must not call one of them in a life of the process. */
    private static final double SIGNIFICANCE = 1e-6;

    /** With enough traffic every difference is significant; one that moves less than this share of it is none to act on. */
    private static final double TOLERANCE = 0.05;

    /** WLC goes by weights only roughly. */
    private static final double WLC_TOLERANCE = 0.2;

    private static final long ENOUGH_IN_ALL = 50;

    /** A window with less traffic goes on until it would show that its smallest server gets nothing, if that matters. */
    private static final long PLENTY_IN_ALL = 1_000;

    /** Fewer clients per server can't make even shares. */
    private static final int CLIENTS_PER_SERVER = 10;

    /**
     * @param windowMillis how long a window is at least
     * @param patienceMillis with less traffic than a window needs for so long, there is no answer any more
     * @param windows how many in a row turn the answer
     */
    public record Options(long windowMillis, long patienceMillis, int windows) {

        /** Windows of 10 s, three of which turn the answer. */
        public static Options defaults() {
            return withWindow(10_000);
        }

        /** Everything in proportion to the length of a window. */
        public static Options withWindow(long millis) {
            return new Options(millis, 60 * millis, 3);
        }
    }

    /**
     * One server as they see it who use the group in one way.
     *
     * @param weight 0 gets nothing new
     * @param usable whether it may be picked now
     * @param picks requests or connections that it got since the start
     * @param choices those of them that the scheduler decided, rather than session persistence
     */
    public record Server(String id, String name, long weight, boolean usable, long picks, long choices) {}

    /**
     * One way in which listeners use the group.
     *
     * @param who does; what they had before is not compared with what others have
     * @param schedulers that new clients go by
     * @param persistent whether it has session persistence
     * @param clients how many there were within so many milliseconds; null when that is not known. Asked rarely
     */
    public record Use(
            Object who,
            Set<SchedulerType> schedulers,
            boolean persistent,
            LongUnaryOperator clients,
            List<Server> servers) {

        public Use {
            schedulers = Set.copyOf(schedulers);
            servers = List.copyOf(servers);
        }

        /** What must stay the same within a window. */
        Object shape() {
            return List.of(
                    who,
                    schedulers,
                    persistent,
                    servers.stream()
                            .map(server -> List.of(server.id(), server.weight()))
                            .toList());
        }

        boolean hasChoice() {
            return servers.stream().filter(server -> server.weight() > 0).count() > 1;
        }

        boolean any(Predicate<SchedulerType> what) {
            return schedulers.stream().anyMatch(what);
        }

        /** Whether some of it goes by turns and some by weights, which are not the same. */
        boolean isMixed() {
            return schedulers.size() > 1
                    && any(SchedulerType::ignoresWeights)
                    && servers.stream()
                                    .mapToLong(Server::weight)
                                    .filter(weight -> weight > 0)
                                    .distinct()
                                    .count()
                            > 1;
        }

        double weight(int server) {
            long weight = servers.get(server).weight();
            return any(SchedulerType::ignoresWeights) ? Math.min(weight, 1) : weight;
        }
    }

    /** One use of the group within the window. */
    private static final class Counted {
        private final long[] counts;
        private final long[] choices;
        private final boolean[] wasUsable;
        private boolean[] usable;
        /** While the same servers were usable before and after. */
        private final long[] steadyCounts;

        private final double[] steadyExpected;

        Counted(Use use) {
            int size = use.servers().size();
            counts = new long[size];
            choices = new long[size];
            wasUsable = usable(use);
            usable = wasUsable.clone();
            steadyCounts = new long[size];
            steadyExpected = new double[size];
        }

        static boolean[] usable(Use use) {
            boolean[] usable = new boolean[use.servers().size()];
            for (int i = 0; i < usable.length; i++) {
                usable[i] = use.servers().get(i).usable();
            }
            return usable;
        }
    }

    /** One server over all uses. */
    private static final class Sum {
        private final String name;
        private double expected;
        private long count;
        private long choices;
        private double steadyExpected;
        private long steadyCount;

        Sum(String name) {
            this.name = name;
        }
    }

    private record Finding(Reason reason, ChiSquared test, long counted, List<Share> shares) {
        boolean differs() {
            return reason != null;
        }
    }

    private final DocumentId group;
    private final Options options;

    private Object shape;
    private List<Use> before = List.of();
    private List<Counted> window = List.of();
    private boolean flapped;
    private long start;
    private long quietUntil = Long.MIN_VALUE;

    private GroupBalance answer;
    private Reason lastReason;
    private int sameReason;
    private int others;

    public BalanceWatch(DocumentId group, Options options) {
        this.group = group;
        this.options = options;
    }

    /**
     * Counts what came since the last look.
     *
     * @param uses in the same order each time
     * @param slowStartMillis how long the shares are not those of the weights after a server came
     * @param now on any clock that does not jump
     * @return the answer, the same object as long as it does not turn; null while there is none
     */
    public GroupBalance look(List<Use> uses, long slowStartMillis, long now) {
        if (uses.stream().noneMatch(Use::hasChoice)) {
            answer = null;
            others = 0;
            shape = null;
            return null;
        }
        Object shapeNow = uses.stream().map(Use::shape).toList();
        Reason incomparable = incomparable(uses);
        if (incomparable != null) {
            if (answer == null || answer.reason() != incomparable) {
                answer = GroupBalance.notCompared(group, incomparable);
            }
            shape = null;
            return answer;
        }
        if (answer != null && answer.verdict() == Verdict.NOT_COMPARED) {
            answer = null;
        }
        if (!shapeNow.equals(shape)) {
            shape = shapeNow;
            quietUntil = now + slowStartMillis;
            others = 0;
            restart(uses, now);
            return answer;
        }
        boolean came = count(uses);
        if (came && slowStartMillis > 0) {
            quietUntil = now + slowStartMillis;
        }
        if (now < quietUntil) {
            restart(uses, now);
        } else if (now - start >= options.windowMillis()) {
            Finding finding = judge(uses, now - start);
            if (finding != null) {
                decide(finding);
                restart(uses, now);
            } else if (now - start >= options.patienceMillis()) {
                answer = null;
                others = 0;
                restart(uses, now);
            }
        }
        return answer;
    }

    private static Reason incomparable(List<Use> uses) {
        for (Use use : uses) {
            if (use.any(SchedulerType::hashes)) {
                return Reason.HASHING;
            }
            if (use.any(SchedulerType::countsLoad) && !use.persistent()) {
                return Reason.WLC;
            }
            if (use.isMixed()) {
                return Reason.MIXED;
            }
        }
        return null;
    }

    private void restart(List<Use> uses, long now) {
        before = uses;
        window = uses.stream().map(Counted::new).toList();
        flapped = false;
        start = now;
    }

    /** @return whether a server turned usable */
    private boolean count(List<Use> uses) {
        boolean came = false;
        for (int i = 0; i < uses.size(); i++) {
            Use use = uses.get(i);
            Counted counted = window.get(i);
            boolean[] usable = Counted.usable(use);
            boolean steady = true;
            double weights = 0;
            for (int s = 0; s < usable.length; s++) {
                steady &= usable[s] == counted.usable[s];
                came |= usable[s] && !counted.usable[s];
                counted.wasUsable[s] |= usable[s];
                weights += usable[s] ? use.weight(s) : 0;
            }
            long total = 0;
            for (int s = 0; s < usable.length; s++) {
                long more = since(
                        before.get(i).servers().get(s).picks(),
                        use.servers().get(s).picks());
                counted.counts[s] += more;
                counted.choices[s] += since(
                        before.get(i).servers().get(s).choices(),
                        use.servers().get(s).choices());
                if (steady) {
                    counted.steadyCounts[s] += more;
                    total += more;
                }
            }
            for (int s = 0; steady && weights > 0 && s < usable.length; s++) {
                counted.steadyExpected[s] += usable[s] ? total * use.weight(s) / weights : 0;
            }
            flapped |= !steady;
            counted.usable = usable;
        }
        before = uses;
        return came;
    }

    /** Less than before: counted anew. */
    private static long since(long before, long now) {
        return now < before ? now : now - before;
    }

    /** Null when there is not enough to compare. */
    private Finding judge(List<Use> uses, long millis) {
        Map<String, Sum> sums = new LinkedHashMap<>();
        for (int i = 0; i < uses.size(); i++) {
            add(uses.get(i), window.get(i), sums);
        }
        double[] expected =
                sums.values().stream().mapToDouble(sum -> sum.expected).toArray();
        long[] counts = sums.values().stream().mapToLong(sum -> sum.count).toArray();
        long total = 0;
        int active = 0;
        for (int i = 0; i < counts.length; i++) {
            total += counts[i];
            active += expected[i] > 0 ? 1 : 0;
        }
        ChiSquared test = ChiSquared.ofFit(expected, counts);
        if (active < 2 || total < ENOUGH_IN_ALL || test.smallestExpected() < ChiSquared.ENOUGH) {
            return null;
        }
        boolean persistent = uses.stream().anyMatch(Use::persistent);
        boolean wlc = uses.stream().anyMatch(use -> use.any(SchedulerType::countsLoad));
        double tolerance = wlc ? WLC_TOLERANCE : TOLERANCE;
        if (!isOff(test, expected, counts, tolerance)) {
            boolean couldTell = total >= PLENTY_IN_ALL
                    || test.smallestExpected() < tolerance * total
                    || test.pValueOfAbsence(total) < SIGNIFICANCE;
            return couldTell ? new Finding(null, test, total, List.of()) : null;
        }
        Reason reason = isHealth(sums, tolerance)
                ? Reason.HEALTH
                : persistent ? persistence(uses, sums, wlc, active, millis) : Reason.UNEXPLAINED;
        return new Finding(reason, test, total, shares(sums, expected, counts));
    }

    private static Reason persistence(List<Use> uses, Map<String, Sum> sums, boolean wlc, int active, long millis) {
        if (wlc) {
            return Reason.WLC_WITH_PERSISTENCE;
        }
        double[] expected =
                sums.values().stream().mapToDouble(sum -> sum.expected).toArray();
        long[] choices = sums.values().stream().mapToLong(sum -> sum.choices).toArray();
        double share = Arrays.stream(choices).sum() / Arrays.stream(expected).sum();
        double[] chosen = Arrays.stream(expected).map(each -> each * share).toArray();
        if (isOff(ChiSquared.ofFit(chosen, choices), chosen, choices, TOLERANCE)) {
            // Already for those who are new.
            return Reason.UNEXPLAINED;
        }
        return clients(uses, millis) < (long) CLIENTS_PER_SERVER * active ? Reason.FEW_CLIENTS : Reason.PERSISTENCE;
    }

    private static long clients(List<Use> uses, long millis) {
        long sum = 0;
        for (Use use : uses) {
            if (use.clients() == null) {
                return Long.MAX_VALUE;
            }
            sum += use.clients().applyAsLong(millis);
        }
        return sum;
    }

    private static void add(Use use, Counted counted, Map<String, Sum> sums) {
        double weights = 0;
        long total = 0;
        for (int s = 0; s < counted.counts.length; s++) {
            weights += counted.wasUsable[s] ? use.weight(s) : 0;
            total += counted.counts[s];
        }
        for (int s = 0; s < counted.counts.length; s++) {
            Server server = use.servers().get(s);
            Sum sum = sums.computeIfAbsent(server.id(), id -> new Sum(server.name()));
            // Who was away all the time is not asked for its share: that it is away, its health says.
            sum.expected += weights > 0 && counted.wasUsable[s] ? total * use.weight(s) / weights : 0;
            sum.count += counted.counts[s];
            sum.choices += counted.choices[s];
            sum.steadyExpected += counted.steadyExpected[s];
            sum.steadyCount += counted.steadyCounts[s];
        }
    }

    private static boolean isOff(ChiSquared test, double[] expected, long[] counts, double tolerance) {
        double total = 0;
        double misplaced = 0;
        for (int i = 0; i < counts.length; i++) {
            total += counts[i];
            misplaced += Math.max(0, counts[i] - expected[i]);
        }
        return test.pValue() < SIGNIFICANCE && misplaced >= tolerance * total;
    }

    /** Whether what servers got while they were there follows the weights. */
    private boolean isHealth(Map<String, Sum> sums, double tolerance) {
        double[] expected =
                sums.values().stream().mapToDouble(sum -> sum.steadyExpected).toArray();
        long[] counts = sums.values().stream().mapToLong(sum -> sum.steadyCount).toArray();
        return flapped && !isOff(ChiSquared.ofFit(expected, counts), expected, counts, tolerance);
    }

    private static List<Share> shares(Map<String, Sum> sums, double[] expected, long[] counts) {
        double total = 0;
        for (long count : counts) {
            total += count;
        }
        List<Share> shares = new ArrayList<>();
        int i = 0;
        for (Map.Entry<String, Sum> each : sums.entrySet()) {
            shares.add(
                    new Share(each.getKey(), each.getValue().name, (int) Math.round(1000 * expected[i] / total), (int)
                            Math.round(1000 * counts[i] / total)));
            i++;
        }
        return shares.stream()
                .sorted(Comparator.comparing((Share share) -> -Math.abs(share.seen() - share.expected()))
                        .thenComparing(Share::server))
                .limit(GroupBalance.MAX_SHARES)
                .toList();
    }

    private void decide(Finding finding) {
        sameReason = finding.differs() && finding.reason() == lastReason ? sameReason + 1 : 1;
        lastReason = finding.reason();
        boolean differed = answer != null && answer.verdict() == Verdict.DIFFERS;
        if (finding.differs() == differed && answer != null) {
            others = 0;
            if (differed && finding.reason() != answer.reason() && sameReason >= options.windows()) {
                answer = answer(finding);
            }
            return;
        }
        others++;
        boolean first = answer == null && !finding.differs();
        if (first || others >= options.windows()) {
            answer = answer(finding);
            others = 0;
        }
    }

    private GroupBalance answer(Finding finding) {
        return new GroupBalance(
                group,
                finding.differs() ? Verdict.DIFFERS : Verdict.FOLLOWS,
                finding.reason(),
                finding.counted(),
                finding.test().pValue(),
                finding.shares());
    }
}
