package dev.slb.delivery;

import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.PlanDocument;
import dev.slb.plan.PlanJson;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.RecordingSink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import static dev.slb.testing.TestPlans.SHOP;
import static dev.slb.testing.TestPlans.group;
import static org.assertj.core.api.Assertions.assertThat;

class LastGoodTest {

    @TempDir
    Path temporary;

    private final Set<String> refused = new HashSet<>();
    private final List<LastGood> open = new ArrayList<>();

    @AfterEach
    void closeAll() {
        open.forEach(LastGood::close);
    }

    private Path folder() {
        return temporary.resolve("last-good");
    }

    private LastGood open(RecordingSink forwarder) throws IOException {
        LastGood lastGood = new LastGood(
                folder(), forwarder, id -> report(forwarder).documents().get(id), Map::of);
        open.add(lastGood);
        lastGood.start();
        return lastGood;
    }

    /** Serves what it holds, but for refused versions. */
    private ForwarderReport report(RecordingSink forwarder) {
        var states = new TreeMap<DocumentId, ForwarderReport.DocumentState>();
        for (PlanDocument document : forwarder.documents().values()) {
            String version = PlanJson.version(document);
            states.put(
                    document.id(),
                    refused.contains(version)
                            ? new ForwarderReport.DocumentState(null, version, "no")
                            : new ForwarderReport.DocumentState(version, null, null));
        }
        return new ForwarderReport("forwarder-0", 1, true, states, List.of());
    }

    private void deliver(PlanDocument... documents) throws IOException {
        LastGood lastGood = open(new RecordingSink());
        lastGood.begin();
        for (PlanDocument document : documents) {
            lastGood.publish(document);
        }
        lastGood.synced();
        lastGood.close();
    }

    private RecordingSink restart() throws IOException {
        RecordingSink forwarder = new RecordingSink();
        open(forwarder);
        return forwarder;
    }

    @Test
    void aRestartServesWhatWasServed() throws IOException {
        deliver(group("api", 1), group("web", 100, 50));

        assertThat(restart().calls())
                .as("no \"synced\": the disk is no delivery")
                .containsExactly("begin", "publish vservergroup/shop/api", "publish vservergroup/shop/web");
    }

    @Test
    void aGroupThatNeverHadAValidVersionDoesNotHoldBackItsListenerAfterARestart() throws IOException {
        deliver(ListenerPlanBuilder.tcp("tcp", 80)
                .group(DocumentId.vServerGroup("shop", "odd"))
                .build());

        assertThat(restart().calls())
                .containsExactly("begin", "publish listener/shop/tcp", "keep vservergroup/shop/odd");
    }

    @Test
    void onlyTheOwnerCanReadTheFiles() throws IOException {
        deliver(group("web", 1));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder())))
                .isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(folder().resolve("vservergroup.shop.web.json"))))
                .isEqualTo("rw-------");
    }

    @Test
    void aVersionThatIsNotServedDoesNotReplaceTheOneThatWas() throws IOException {
        deliver(group("web", 1));
        refused.add(PlanJson.version(group("web", 2)));
        deliver(group("web", 2));

        assertThat(restart().documents().values()).containsExactly(group("web", 1));
    }

    @Test
    void whatWasKeptStaysAndWhatWasNotNamedGoes() throws IOException {
        deliver(group("kept", 1), group("gone", 1), group("web", 1));
        LastGood lastGood = open(new RecordingSink());
        lastGood.begin();
        lastGood.keep(DocumentId.vServerGroup("shop", "kept"));
        lastGood.publish(group("web", 2));
        lastGood.synced();
        lastGood.publish(group("late", 1));
        lastGood.close();

        assertThat(restart().documents().values()).containsExactly(group("kept", 1), group("late", 1), group("web", 2));
    }

    @Test
    void onlyAWholeDeliveryMakesAWholeSet() throws IOException {
        LastGood first = open(new RecordingSink());
        assertThat(first.wasWhole()).isFalse();
        first.begin();
        first.publish(group("web", 1));
        first.close();
        LastGood second = open(new RecordingSink());
        assertThat(second.wasWhole()).isFalse();
        second.close();

        deliver(group("api", 1), group("web", 1));

        assertThat(open(new RecordingSink()).wasWhole()).isTrue();
    }

    @Test
    void theSetOfAReleaseWithAnotherPlanStreamIsNotWhole() throws IOException {
        deliver(group("api", 1), group("web", 1));
        Files.move(folder().resolve("whole-" + PlanMessage.PROTOCOL), folder().resolve("whole"));

        LastGood newer = open(new RecordingSink());
        assertThat(newer.wasWhole()).isFalse();
        newer.close();
        deliver(group("api", 1), group("web", 1));

        assertThat(open(new RecordingSink()).wasWhole()).isTrue();
        assertThat(folder().resolve("whole")).doesNotExist();
    }

    @Test
    void aDeliveryThatBreaksOffRemovesNothing() throws IOException {
        deliver(group("api", 1), group("web", 1));
        LastGood lastGood = open(new RecordingSink());
        lastGood.begin();
        lastGood.publish(group("web", 2));
        lastGood.close();

        assertThat(restart().documents().values()).containsExactly(group("api", 1), group("web", 2));
    }

    @Test
    void whatIsWithdrawnDoesNotComeBack() throws IOException {
        deliver(group("api", 1), group("web", 1));
        LastGood lastGood = open(new RecordingSink());
        lastGood.withdraw(DocumentId.vServerGroup("shop", "web"));
        lastGood.close();

        assertThat(restart().documents().values()).containsExactly(group("api", 1));
    }

    @Test
    void aCorruptFileIsSkippedAndTheRestServes() throws IOException {
        deliver(group("api", 1), group("cut", 1), group("flipped", 1), group("web", 1));
        Path cut = folder().resolve("vservergroup.shop.cut.json");
        Files.writeString(cut, Files.readString(cut).substring(0, 90));
        Path flipped = folder().resolve("vservergroup.shop.flipped.json");
        Files.writeString(flipped, Files.readString(flipped).replace("127.0.0.1", "127.0.0.2"));
        Files.writeString(folder().resolve("vservergroup.shop.empty.json"), "");

        assertThat(restart().documents().values()).containsExactly(group("api", 1), group("web", 1));

        deliver(group("web", 1));
        assertThat(folder()).isDirectoryContaining("glob:**/vservergroup.shop.web.json");
        try (var files = Files.list(folder())) {
            assertThat(files)
                    .as("leftovers go with the next delivery")
                    .filteredOn(file -> file.toString().contains(".json"))
                    .hasSize(1);
        }
    }

    @Test
    void anInterruptedWriteLeavesTheOldVersion() throws IOException {
        deliver(group("web", 1));
        Files.writeString(folder().resolve("vservergroup.shop.web.json.tmp"), "half of");

        assertThat(restart().documents().values()).containsExactly(group("web", 1));
        deliver(group("web", 2));
        assertThat(restart().documents().values()).containsExactly(group("web", 2));
    }

    @Test
    void theLongestNamesHaveFilesOfTheirOwn() throws IOException {
        DocumentId owner = DocumentId.loadBalancer("n".repeat(63), "lb");
        GroupPlan first = group(owner, "g".repeat(252) + "1", 1);
        GroupPlan second = group(owner, "g".repeat(252) + "2", 2);
        deliver(first, second, group(SHOP, "web", 3));

        assertThat(restart().documents().values()).containsExactlyInAnyOrder(first, second, group(SHOP, "web", 3));
    }
}
