package dev.slb.control;

import dev.slb.api.Listener;
import dev.slb.control.world.World;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import dev.slb.translate.Settings;
import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

import static dev.slb.testing.TestObjects.object;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class BindPortsTest {

    private final World world = new World(
            Settings.cluster(dev.slb.translate.Quotas.SLB, List.of(), dev.slb.translate.AllowedServices.DEFAULT));
    private final BindPorts ports = new BindPorts(world);

    private static Listener listener(String loadBalancer, String name, String created, Integer bindPort) {
        return object(Listener.class, """
                kind: Listener
                metadata: {name: %s, creationTimestamp: "%s"}
                spec: {loadBalancerRef: {name: %s}, protocol: TCP, port: 80}
                status: {bindPort: %s}
                """.formatted(name, created, loadBalancer, bindPort));
    }

    private Listener put(String name, Integer bindPort) {
        return put(name, "2026-01-01T00:00:00Z", bindPort);
    }

    private Listener put(String name, String created, Integer bindPort) {
        Listener listener = listener("shop", name, created, bindPort);
        world.put(listener);
        return listener;
    }

    private static ObjectId id(String name) {
        return Kinds.LISTENER.id("shop", name);
    }

    @Test
    void portsDifferAndAreTheSameWhenAskedAgain() {
        put("a", null);
        put("b", null);

        assertThat(ports.portOf(id("a"))).isEqualTo(10_000);
        assertThat(ports.portOf(id("b"))).isEqualTo(10_001);
        assertThat(ports.portOf(id("a"))).isEqualTo(10_000);
    }

    @Test
    void whatIsRecordedCounts() {
        put("a", 12_345);
        put("b", null);

        assertThat(ports.portOf(id("a"))).isEqualTo(12_345);
        assertThat(ports.portOf(id("b"))).isEqualTo(12_346);
    }

    @Test
    void aReleasedPortIsNotTakenAtOnce() {
        put("a", null);
        assertThat(ports.portOf(id("a"))).isEqualTo(10_000);
        put("a", 10_000);
        world.remove(id("a"));

        put("b", null);

        assertThat(ports.portOf(id("b"))).isEqualTo(10_001);
    }

    @Test
    void ofTwoWithTheSamePortTheOldestKeepsIt() {
        Listener young = put("a", "2026-01-02T00:00:00Z", 10_007);
        Listener old = put("b", "2026-01-01T00:00:00Z", 10_007);

        assertThat(ports.mustMove(young)).isTrue();
        assertThat(ports.mustMove(old)).isFalse();
        assertThat(ports.portOf(id("b"))).isEqualTo(10_007);
        assertThat(ports.portOf(id("a"))).isEqualTo(10_008);
    }

    @Test
    void aPortOutsideOfTheRangeIsReplaced() {
        Listener odd = put("a", 80);

        assertThat(ports.mustMove(odd)).isTrue();
        assertThat(ports.portOf(id("a"))).isEqualTo(10_000);
    }

    @Test
    void portsGoRoundInACircleUntilNoneIsLeft() {
        put("last", BindPorts.LAST);
        put("first", BindPorts.FIRST);
        put("a", null);
        assertThat(ports.portOf(id("a"))).isEqualTo(10_001);

        Set<Integer> taken = new HashSet<>(Set.of(BindPorts.FIRST, 10_001, BindPorts.LAST));
        for (int port = BindPorts.FIRST + 2; port < BindPorts.LAST; port++) {
            // Each of another LoadBalancer: they share the forwarders' ports, and nobody has 20,000 listeners in one.
            world.put(listener("lb-" + port, "l" + port, "2026-01-01T00:00:00Z", port));
            taken.add(port);
        }
        assertThat(taken).hasSize(BindPorts.LAST - BindPorts.FIRST + 1);
        put("b", null);
        assertThatThrownBy(() -> ports.portOf(id("b"))).hasMessageContaining("10000 to 29999 are taken");
    }
}
