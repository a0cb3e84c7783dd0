package dev.slb.forwarder.serve;

import dev.slb.forwarder.schedule.ConsistentHash;
import dev.slb.forwarder.schedule.LeastConnections;
import dev.slb.forwarder.schedule.PickContext;
import dev.slb.forwarder.schedule.Picker;
import dev.slb.forwarder.schedule.Position;
import dev.slb.forwarder.schedule.Rotation;
import dev.slb.forwarder.table.Member;
import dev.slb.plan.SchedulerType;

import java.util.List;
import java.util.function.ToLongFunction;

/** Which scheduler is done by what. */
final class Schedulers {

    /** By it choose for new clients those who remember clients by their addresses, so that all forwarders agree. */
    static final SchedulerType OF_NEW_CLIENTS = SchedulerType.SCH;

    private Schedulers() {}

    /**
     * @param members at least one
     * @param weights positive, one for each
     * @param predecessor what is replaced, or null
     */
    static Picker<Member> picker(
            SchedulerType type,
            List<Member> members,
            List<Long> weights,
            Position position,
            Picker<Member> predecessor) {
        return switch (type) {
            case WRR -> Rotation.weighted(members, weights, position, predecessor);
            case RR -> Rotation.roundRobin(members, position, predecessor);
            case WLC -> LeastConnections.of(members, weights, Member::load, position, predecessor);
            case SCH -> hash(members, weights, PickContext::sourceHash);
            case TCH -> hash(members, weights, PickContext::flowHash);
            case QCH -> hash(members, weights, PickContext::connectionIdHash);
        };
    }

    private static Picker<Member> hash(List<Member> members, List<Long> weights, ToLongFunction<PickContext> key) {
        return ConsistentHash.of(members, member -> member.server().key().id(), weights, key);
    }
}
