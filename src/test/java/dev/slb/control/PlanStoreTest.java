package dev.slb.control;

import dev.slb.plan.DocumentId;
import dev.slb.plan.PlanJson;
import dev.slb.testing.RecordingSink;
import org.junit.jupiter.api.Test;

import java.util.concurrent.atomic.AtomicInteger;

import static dev.slb.testing.TestPlans.SHOP;
import static dev.slb.testing.TestPlans.group;
import static dev.slb.testing.TestPlans.loadBalancer;
import static org.assertj.core.api.Assertions.assertThat;

class PlanStoreTest {

    private static final DocumentId WEB = DocumentId.vServerGroup("shop", "web");
    private static final DocumentId API = DocumentId.vServerGroup("shop", "api");

    private final PlanStore store = new PlanStore();
    private final RecordingSink sink = new RecordingSink();

    private PlanStore.Subscription subscribe() {
        return store.subscribe(null, () -> {});
    }

    private void drain(PlanStore.Subscription subscription) {
        for (PlanChange change = subscription.poll(); change != null; change = subscription.poll()) {
            change.applyTo(sink);
        }
    }

    @Test
    void saysNothingBeforeEveryObjectWasTranslated() {
        PlanStore.Subscription subscription = subscribe();
        store.publish(group("web", 1));

        assertThat(subscription.poll()).isNull();

        store.synced();
        drain(subscription);
        assertThat(sink.calls()).containsExactly("begin", "publish " + WEB, "synced");
    }

    @Test
    void replaysEverythingToALateSubscriberInTheOrderOfIds() {
        store.publish(group("web", 1));
        store.publish(loadBalancer(2));
        store.keep(API, SHOP);
        store.synced();

        drain(subscribe());

        assertThat(sink.calls())
                .containsExactly("begin", "publish loadbalancer/shop/shop", "keep " + API, "publish " + WEB, "synced");
    }

    @Test
    void theSameVersionAgainIsNoChange() {
        store.synced();
        PlanStore.Subscription subscription = subscribe();
        store.publish(group("web", 1));
        drain(subscription);

        store.publish(group("web", 1));

        assertThat(subscription.poll()).isNull();
    }

    @Test
    void aSlowSubscriberHoldsOneChangePerDocumentInTheOrderOfLastChanges() {
        store.synced();
        PlanStore.Subscription subscription = subscribe();
        drain(subscription);
        for (int weight = 1; weight <= 1000; weight++) {
            store.publish(group("web", weight));
            store.publish(group("api", weight));
        }
        store.withdraw(WEB);

        drain(subscription);

        assertThat(sink.calls()).containsExactly("begin", "synced", "publish " + API, "withdraw " + WEB);
    }

    @Test
    void changesDuringTheReplayNeverWithdrawWhatExists() {
        store.publish(group("api", 1));
        store.publish(group("web", 1));
        store.synced();
        PlanStore.Subscription subscription = subscribe();
        subscription.poll().applyTo(sink); // begin
        subscription.poll().applyTo(sink); // api, version 1

        store.publish(group("api", 2)); // named already: a change
        store.publish(group("web", 2)); // not yet named: replaced in the replay
        store.publish(group("new", 1)); // appeared: named before "synced"
        store.publish(group("gone", 1));
        store.withdraw(DocumentId.vServerGroup("shop", "gone"));
        drain(subscription);

        assertThat(sink.calls())
                .containsExactly(
                        "begin",
                        "publish " + API,
                        "publish vservergroup/shop/new",
                        "publish " + WEB,
                        "synced",
                        "publish " + API);
        assertThat(sink.documents().values())
                .containsExactlyInAnyOrder(group("api", 2), group("new", 1), group("web", 2));
    }

    @Test
    void aWithdrawalDuringTheReplayIsNotLost() {
        store.publish(group("api", 1));
        store.publish(group("web", 1));
        store.synced();
        PlanStore.Subscription subscription = subscribe();
        subscription.poll().applyTo(sink);
        subscription.poll().applyTo(sink);

        store.withdraw(API);
        store.publish(group("api", 3));
        store.withdraw(API);
        store.withdraw(WEB);
        drain(subscription);

        assertThat(sink.documents()).isEmpty();
        assertThat(sink.calls()).containsExactly("begin", "publish " + API, "synced", "withdraw " + API);
    }

    @Test
    void keepHoldsTheLastPublishedVersion() {
        store.publish(group("web", 1));
        store.synced();
        PlanStore.Subscription early = subscribe();
        drain(early);

        store.keep(WEB, SHOP);

        assertThat(early.poll()).isNull();
        assertThat(store.version(WEB)).contains(PlanJson.version(group("web", 1)));
        RecordingSink late = new RecordingSink();
        PlanStore.Subscription subscription = subscribe();
        for (PlanChange change = subscription.poll(); change != null; change = subscription.poll()) {
            change.applyTo(late);
        }
        assertThat(late.calls()).containsExactly("begin", "publish " + WEB, "synced");
    }

    @Test
    void aScopedSubscriberSeesItsLoadBalancerOnly() {
        DocumentId other = DocumentId.loadBalancer("shop", "other");
        store.publish(group("web", 1));
        store.publish(group(other, "api", 1));
        store.synced();
        PlanStore.Subscription subscription = store.subscribe(other, () -> {});
        drain(subscription);
        assertThat(sink.calls()).containsExactly("begin", "publish " + API, "synced");

        store.publish(group(SHOP, "api", 1)); // moves away
        store.publish(group(other, "web", 1)); // moves here
        drain(subscription);

        assertThat(sink.documents()).containsOnlyKeys(WEB);
    }

    @Test
    void wakesSubscribersAndForgetsClosedOnes() {
        AtomicInteger wakeUps = new AtomicInteger();
        PlanStore.Subscription subscription = store.subscribe(null, wakeUps::incrementAndGet);
        store.synced();
        assertThat(wakeUps).hasValue(1);

        store.publish(group("web", 1));
        assertThat(wakeUps).hasValue(2);

        subscription.close();
        store.publish(group("web", 2));
        assertThat(wakeUps).hasValue(2);
    }
}
