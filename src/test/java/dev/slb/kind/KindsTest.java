package dev.slb.kind;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.slb.api.ApiObject;
import dev.slb.api.Listener;
import dev.slb.plan.DocumentId;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

import static dev.slb.testing.TestObjects.object;
import static dev.slb.testing.TestObjects.objects;
import static org.assertj.core.api.Assertions.assertThat;

/** What holds for every kind, a new one too. */
class KindsTest {

    @Test
    void everyTypeOfTheApiIsAKind() {
        Set<String> types = new ClassFileImporter()
                .importPackages("dev.slb.api").stream()
                        .filter(type -> type.isAssignableTo(ApiObject.class) && !type.isEquivalentTo(ApiObject.class))
                        .map(JavaClass::getName)
                        .collect(Collectors.toSet());

        assertThat(Kinds.ALL.stream().map(kind -> kind.type().getName())).containsExactlyInAnyOrderElementsOf(types);
    }

    @Test
    void everyKindHasItsCrdInTheProgram() {
        for (ObjectKind<?, ?> kind : Kinds.ALL) {
            String file =
                    "/crds/" + HasMetadata.getGroup(kind.type()) + "_" + HasMetadata.getPlural(kind.type()) + ".yaml";
            assertThat(Kinds.class.getResource(file)).as(file).isNotNull();
        }
    }

    @Test
    void theyAreTranslatedInTheOrderInWhichForwardersGetTheirDocuments() {
        assertThat(Kinds.ALL)
                .containsExactly(Kinds.LOAD_BALANCER, Kinds.V_SERVER_GROUP, Kinds.MASTER_SLAVE_GROUP, Kinds.LISTENER);
    }

    @Test
    void noTwoKindsHaveADocumentInCommon() {
        Set<DocumentId> documents = new HashSet<>();
        for (ObjectKind<?, ?> kind : Kinds.ALL) {
            assertThat(kind.documents(kind.id("shop", "web")))
                    .isNotEmpty()
                    .allSatisfy(document -> assertThat(documents.add(document)).isTrue());
        }
    }

    @Test
    void anObjectIsKnownByKindNamespaceAndName() {
        assertThat(Kinds.ALL.idOf(object(Listener.class, "{kind: Listener, metadata: {name: web}}")))
                .contains(Kinds.LISTENER.id("shop", "web"))
                .hasToString("Optional[listener/shop/web]");
        assertThat(Kinds.ALL.idOf(object(Pod.class, "{kind: Pod, metadata: {name: web}}")))
                .isEmpty();
    }

    @Test
    void anObjectWithoutASpecNeedsNothingButItself() {
        for (ObjectKind<?, ?> kind : Kinds.ALL) {
            Needs needs = needs(kind, objects("{kind: %s, metadata: {name: empty}}".formatted(kind.name())));

            assertThat(needs.loadBalancers()).isSubsetOf(kind.id("shop", "empty"));
            assertThat(needs.objects()).isEmpty();
            assertThat(needs.servers()).isEmpty();
            assertThat(needs.secrets()).isEqualTo(NamedSecrets.NONE);
        }
    }

    private static <T extends ApiObject<?, ?>> Needs needs(ObjectKind<T, ?> kind, List<HasMetadata> objects) {
        return kind.needs(kind.of(objects.get(0)).orElseThrow());
    }

    @Test
    void aStatusGoesOnInACopyThatLeavesBothObjectsAlone() {
        for (ObjectKind<?, ?> kind : Kinds.ALL) {
            assertStatusGoesOn(kind);
        }
    }

    private static <T extends ApiObject<?, ?>> void assertStatusGoesOn(ObjectKind<T, ?> kind) {
        T before = object(
                kind.type(), "{kind: %s, metadata: {name: a}, status: {observedGeneration: 7}}".formatted(kind.name()));
        T now = object(kind.type(), "{kind: %s, metadata: {name: b}}".formatted(kind.name()));

        T copy = kind.withStatusOf(before, now);

        assertThat(copy.getStatus().observedGeneration()).isEqualTo(7);
        assertThat(copy.getMetadata()).isSameAs(now.getMetadata());
        assertThat(now.getStatus()).isNull();
    }
}
