package dev.slb.control;

import dev.slb.control.world.World;
import dev.slb.kind.Kinds;
import dev.slb.plan.PlanDocument;
import dev.slb.testing.TestObjects;
import dev.slb.translate.Settings;
import io.fabric8.kubernetes.api.model.HasMetadata;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class ControlTest {

    private final World world = new World(Settings.files());
    private final PlanStore store = new PlanStore();
    private final Control control = new Control(world, store);

    private static List<HasMetadata> shop() {
        return TestObjects.objects("""
                kind: LoadBalancer
                metadata: {name: shop}
                ---
                kind: VServerGroup
                metadata: {name: web}
                spec: {loadBalancerRef: {name: shop}, servers: [{name: a, address: 192.0.2.1, port: 80}]}
                """);
    }

    private List<String> documents() {
        return store.documents().stream()
                .map(PlanDocument::id)
                .map(Object::toString)
                .toList();
    }

    @Test
    void nothingIsTranslatedBeforeTheWorldIsWholeAndThenEverything() {
        shop().forEach(object -> control.translateAll(world.put(object)));

        assertThat(control.translate(Kinds.V_SERVER_GROUP.id("shop", "web"))).isEmpty();
        assertThat(documents()).isEmpty();
        assertThat(control.translations()).isEmpty();

        control.sync();

        assertThat(documents()).hasSize(3);
        assertThat(control.translations()).hasSize(2);
    }

    @Test
    void whatChangesOrGoesOnceTheWorldWasWholeIsTranslatedAtOnce() {
        control.sync();

        shop().forEach(object -> control.translateAll(world.put(object)));
        assertThat(documents()).hasSize(3);

        control.translateAll(world.remove(Kinds.V_SERVER_GROUP.id("shop", "web")));
        assertThat(documents()).hasSize(2);
    }
}
