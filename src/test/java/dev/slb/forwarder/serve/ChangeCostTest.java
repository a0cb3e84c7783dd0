package dev.slb.forwarder.serve;

import com.sun.management.ThreadMXBean;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.DocumentId;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.PlanDocument;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.RunningForwarder;
import dev.slb.testing.Sockets;
import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** What a change costs the control thread, in bytes that it allocates, which no other work on the machine makes more. */
@Sockets
class ChangeCostTest {

    private static final int EDITS = 20;
    private static final int RULES = 20;
    private static final DocumentId BYSTANDER = DocumentId.vServerGroup("shop", "bystander");
    private static final DocumentId EDITED = DocumentId.vServerGroup("shop", "edited");

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static GroupPlan group(String name, long weight) {
        GroupPlanBuilder group = GroupPlanBuilder.group(name);
        for (int i = 0; i < 10; i++) {
            group.server("s" + i, 1 + i, weight + i);
        }
        return group.build();
    }

    private static ListenerPlan listener(String name, DocumentId to) {
        ListenerPlanBuilder listener = ListenerPlanBuilder.http(name, Loopback.freePort())
                .withoutPassive()
                .group(to);
        for (int i = 0; i < RULES; i++) {
            listener.rule("r" + i, "h" + i + ".test", "/", to);
        }
        return listener.build();
    }

    /** Bytes for a new weight of a group that so many listeners use, beside others that do not. */
    private long perEdit(int users, int bystanders) {
        try (RunningForwarder forwarder = RunningForwarder.start(TransportKind.NIO, 1)) {
            List<PlanDocument> documents = new ArrayList<>(List.of(group("bystander", 1), group("edited", 1)));
            for (int i = 0; i < users; i++) {
                documents.add(listener("edited" + i, EDITED));
            }
            for (int i = 0; i < bystanders; i++) {
                documents.add(listener("bystander" + i, BYSTANDER));
            }
            forwarder.serve(documents.toArray(PlanDocument[]::new));
            long thread = controlThread();
            for (int i = 0; i < EDITS; i++) {
                forwarder.serve(group("edited", 2 + i)); // what is done once
            }
            long before = threads.getThreadAllocatedBytes(thread);
            for (int i = 0; i < EDITS; i++) {
                forwarder.serve(group("edited", 100 + i));
            }
            return (threads.getThreadAllocatedBytes(thread) - before) / EDITS;
        }
    }

    private long controlThread() {
        return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
                .filter(each -> each != null && each.getThreadName().startsWith("test-control"))
                .mapToLong(each -> each.getThreadId())
                .max()
                .orElseThrow();
    }

    @Test
    void anEditCostsTheSameHoweverManyListenersThereAre() {
        long alone = perEdit(1, 1);
        long among = perEdit(1, 100);

        assertThat(among)
                .as("bytes per edit, %s with one other listener", alone)
                .isLessThan(3 * alone);
    }

    @Test
    void anEditOfAGroupCostsTheSameHoweverManyListenersUseIt() {
        long alone = perEdit(1, 1);
        long shared = perEdit(100, 1);

        assertThat(shared).as("bytes per edit, %s with one listener", alone).isLessThan(3 * alone);
    }
}
