package dev.slb.control;

import dev.slb.api.ApiObject;
import dev.slb.api.ApiStatus;
import dev.slb.api.LoadBalancer;
import dev.slb.control.world.TestWorld;
import dev.slb.control.world.World;
import dev.slb.kind.Kinds;
import dev.slb.kind.Needs;
import dev.slb.kind.ObjectId;
import dev.slb.kind.ObjectKind;
import dev.slb.kind.Share;
import dev.slb.kind.StatusFacts;
import dev.slb.plan.DocumentId;
import dev.slb.plan.DocumentKind;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.PlanDocument;
import dev.slb.translate.ConditionReason;
import dev.slb.translate.ConditionType;
import dev.slb.translate.Outcome;
import dev.slb.translate.Snapshot;
import dev.slb.translate.Translation;
import dev.slb.translate.Verdict;
import dev.slb.translate.status.ForwarderReports;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;
import org.junit.jupiter.api.Test;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import static dev.slb.testing.TestObjects.object;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * One more kind than there is: nothing but {@link MirrorKind} knows of it. A Mirror makes a group of servers for each LoadBalancer
 * that it names, where all others make the same documents for ever, and belong to one LoadBalancer. Its documents pass for those of
 * VServerGroups, of which there are none here; {@code KindsTest} says what a kind of the program must bring in addition.
 */
class FifthKindTest {

    /** @param loadBalancers names in the same namespace */
    record MirrorSpec(List<String> loadBalancers) {}

    record MirrorStatus(Long observedGeneration, List<Condition> conditions) implements ApiStatus {}

    @Group("slb.dev")
    @Version("v1alpha1")
    static final class Mirror extends ApiObject<MirrorSpec, MirrorStatus> {}

    record MirrorTranslation(List<Outcome<? extends PlanDocument>> outcomes) implements Translation {
        @Override
        public Verdict accepted() {
            return new Verdict(ConditionType.Accepted, true, ConditionReason.Accepted, "accepted");
        }

        @Override
        public Verdict resolvedRefs() {
            return new Verdict(
                    ConditionType.ResolvedRefs, true, ConditionReason.ResolvedRefs, "all references are resolved");
        }
    }

    static final class MirrorKind extends ObjectKind<Mirror, MirrorTranslation> {

        MirrorKind() {
            super(Mirror.class, MirrorTranslation.class, Share.NOTHING, DocumentKind.V_SERVER_GROUP);
        }

        @Override
        public Needs needs(Mirror object) {
            return Needs.of(loadBalancers(object).toList());
        }

        private static Stream<ObjectId> loadBalancers(Mirror object) {
            return object.getSpec().loadBalancers().stream().map(name -> Kinds.LOAD_BALANCER.id("shop", name));
        }

        @Override
        public Object recorded(Mirror object) {
            return null;
        }

        @Override
        public Object outline(Mirror object) {
            return null;
        }

        @Override
        public Object claim(Mirror object) {
            return null;
        }

        @Override
        public MirrorTranslation translate(Mirror object, Snapshot snapshot) {
            if (object.getMetadata().getLabels().containsKey("broken")) {
                throw new IllegalStateException("a fault of the translator");
            }
            return new MirrorTranslation(loadBalancers(object)
                    .filter(each ->
                            snapshot.loadBalancer(each.namespace(), each.name()).isPresent())
                    .<Outcome<? extends PlanDocument>>map(each -> Outcome.publish(new GroupPlan(
                            document(object.getMetadata().getName(), each.name()),
                            DocumentId.loadBalancer(each.namespace(), each.name()),
                            List.of())))
                    .toList());
        }

        @Override
        public Mirror withStatus(Mirror present, MirrorTranslation translation, StatusFacts facts) {
            return copy(
                    present,
                    new Mirror(),
                    new MirrorStatus((long) translation.outcomes().size(), List.of()));
        }

        @Override
        public Mirror withStatusOf(Mirror other, Mirror object) {
            return copy(object, new Mirror(), other.getStatus());
        }
    }

    private static final MirrorKind MIRROR = new MirrorKind();
    private static final ObjectId TWIN = MIRROR.id("shop", "twin");
    private static final ObjectId SHOP = Kinds.LOAD_BALANCER.id("shop", "shop");
    private static final ObjectId OTHER = Kinds.LOAD_BALANCER.id("shop", "other");

    private final World world = TestWorld.of(
            new Kinds(Stream.concat(Kinds.ALL.stream(), Stream.of(MIRROR)).toList()));
    private final PlanStore store = new PlanStore();
    private final Control control = new Control(world, store);

    private static DocumentId document(String mirror, String loadBalancer) {
        return DocumentId.vServerGroup("shop", mirror + "-of-" + loadBalancer);
    }

    private static Mirror twin(String... loadBalancers) {
        Mirror mirror = new Mirror();
        mirror.setMetadata(
                new ObjectMetaBuilder().withNamespace("shop").withName("twin").build());
        mirror.setSpec(new MirrorSpec(List.of(loadBalancers)));
        return mirror;
    }

    private static LoadBalancer loadBalancer(String name) {
        return object(LoadBalancer.class, "{kind: LoadBalancer, metadata: {name: %s}}".formatted(name));
    }

    private void serve(String... loadBalancers) {
        world.put(loadBalancer("shop"));
        world.put(loadBalancer("other"));
        control.translateAll(world.put(twin(loadBalancers)));
        control.sync();
    }

    private List<DocumentId> mirrored() {
        return store.documents().stream()
                .map(PlanDocument::id)
                .filter(id -> id.kind() == DocumentKind.V_SERVER_GROUP)
                .toList();
    }

    @Test
    void oneObjectMakesADocumentForEachOfItsLoadBalancers() {
        serve("shop", "other");

        assertThat(mirrored()).containsExactly(document("twin", "other"), document("twin", "shop"));
        assertThat(store.document(document("twin", "other")))
                .map(PlanDocument::loadBalancer)
                .contains(DocumentId.loadBalancer("shop", "other"));
        assertThat(control.makerOf(document("twin", "other"))).contains(TWIN);
        assertThat(control.translation(MIRROR, TWIN)).isPresent();
    }

    @Test
    void itIsTranslatedAgainWhenOneOfItsLoadBalancersComesOrGoes() {
        serve("shop", "other", "later");

        assertThat(world.loadBalancersOf(TWIN)).contains(SHOP, OTHER);
        assertThat(world.put(loadBalancer("later"))).contains(TWIN);
        assertThat(world.remove(OTHER)).contains(TWIN);
        control.translate(TWIN);
        assertThat(mirrored()).containsExactly(document("twin", "later"), document("twin", "shop"));
    }

    @Test
    void whatItsLastTranslationMadeAndThisOneDoesNotIsWithdrawn() {
        serve("shop", "other");

        control.translateAll(world.put(twin("shop")));

        assertThat(mirrored()).containsExactly(document("twin", "shop"));
        assertThat(control.makerOf(document("twin", "other"))).isEmpty();
    }

    @Test
    void whenItIsGoneAllThatItMadeIsWithdrawn() {
        serve("shop", "other");

        control.translateAll(world.remove(TWIN));

        assertThat(mirrored()).isEmpty();
        assertThat(control.translation(MIRROR, TWIN)).isEmpty();
    }

    @Test
    void aTranslationThatFailsKeepsWhatTheLastOneMade() {
        serve("shop", "other");
        Mirror broken = twin("shop");
        broken.getMetadata().getLabels().put("broken", "");

        world.put(broken);
        assertThatThrownBy(() -> control.translate(TWIN)).hasMessage("a fault of the translator");
        assertThat(mirrored()).containsExactly(document("twin", "other"), document("twin", "shop"));

        control.translateAll(world.put(twin("other")));
        assertThat(mirrored()).containsExactly(document("twin", "other"));
    }

    /** Forwarders may have it from before this process. */
    @Test
    void whatCouldNeverBeTranslatedIsKeptUnderItsOwnNameUntilItIsGone() {
        Mirror broken = twin("shop");
        broken.getMetadata().getLabels().put("broken", "");
        world.put(broken);
        control.sync();
        PlanStore.Subscription subscription = store.subscribe(null, () -> {});
        assertThat(changes(subscription)).contains(new PlanChange.Keep(DocumentId.vServerGroup("shop", "twin")));

        control.translateAll(world.remove(TWIN));

        assertThat(changes(subscription))
                .containsExactly(new PlanChange.Withdraw(DocumentId.vServerGroup("shop", "twin")));
    }

    private static List<PlanChange> changes(PlanStore.Subscription subscription) {
        List<PlanChange> changes = new ArrayList<>();
        for (PlanChange change = subscription.poll(); change != null; change = subscription.poll()) {
            changes.add(change);
        }
        return changes;
    }

    @Test
    void itHasAStatus() {
        serve("shop", "other");
        Statuses statuses = new Statuses(world, control, store, each -> List.of(), Clock.systemUTC());

        assertThat(statuses.withStatus(TWIN, twin("shop"), new ForwarderReports(0, List.of()), null))
                .<Object>map(ApiObject::getStatus)
                .contains(new MirrorStatus(2L, List.of()));
    }
}
