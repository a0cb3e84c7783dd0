package dev.slb.operator;

import dev.slb.api.Listener;
import dev.slb.api.LoadBalancer;
import dev.slb.api.VServerGroup;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/** Whatever ends the watch of a kind, it begins again, on every replica. */
class WatchRestartTest extends OperatorTestBase {

    private static String metrics(TestReplica replica) throws IOException, InterruptedException {
        URI uri = URI.create("http://" + replica.address() + ":"
                + replica.operator().healthAddress().getPort() + "/metrics");
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private void awaitWatching(String kind, int watching) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            for (TestReplica replica : replicas) {
                assertThat(metrics(replica).lines())
                        .contains("slb_operator_watching{kind=\"" + kind + "\"} " + watching + ".0");
            }
        });
    }

    @Test
    void aFirstListThatIsNoneIsTriedAgain() throws Exception {
        createShop();
        api.garble("/vservergroups");
        startAll();
        awaitWatching("Listener", 1);
        awaitWatching("VServerGroup", 0);
        assertThat(replicas).noneMatch(replica -> replica.operator().isSynced());

        api.speakPlainly();
        awaitReady(VServerGroup.class, "web");
        awaitReady(Listener.class, "tcp");
        for (TestReplica replica : replicas) {
            awaitGreeting(replica, bindPort("tcp"), "one");
        }
        awaitWatching("VServerGroup", 1);
        awaitWatching("Pod", 1);
    }

    @Test
    void aWatchThatEndsBeginsAgainAndWhatWasMissedIsMadeUpFor() throws Exception {
        startAll();
        createShop();
        create("""
                kind: Listener
                metadata: {name: other}
                spec: {loadBalancerRef: {name: shop}, protocol: TCP, port: 8082, serverGroupRef: {kind: VServerGroup, name: web}}
                """);
        awaitReady(Listener.class, "tcp");
        awaitReady(Listener.class, "other");
        awaitReady(LoadBalancer.class, "shop");
        int port = bindPort("tcp");
        int gone = bindPort("other");

        api.garble("/listeners");
        replicas.forEach(TestReplica::cutApiServer);
        replicas.forEach(TestReplica::mendApiServer);
        awaitWatching("Listener", 0);
        awaitWatching("VServerGroup", 1);
        // Meanwhile nothing that is served ends, and the other kinds are followed.
        moveWeb(two.port());
        for (TestReplica replica : replicas) {
            awaitGreeting(replica, port, "two");
        }
        delete(Listener.class, "other");
        create("""
                kind: Listener
                metadata: {name: late}
                spec: {loadBalancerRef: {name: shop}, protocol: TCP, port: 8083, serverGroupRef: {kind: VServerGroup, name: web}}
                """);
        for (TestReplica replica : replicas) {
            assertThat(greeting(replica, gone)).isEqualTo("two");
        }

        api.speakPlainly();
        awaitReady(Listener.class, "late");
        awaitWatching("Listener", 1);
        for (TestReplica replica : replicas) {
            awaitGreeting(replica, bindPort("late"), "two");
            assertThat(greeting(replica, port)).isEqualTo("two");
            await().atMost(PATIENCE)
                    .untilAsserted(() ->
                            assertThatThrownBy(() -> greeting(replica, gone)).isInstanceOf(IOException.class));
        }
    }
}
