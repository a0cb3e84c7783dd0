package dev.slb.operator;

import dev.slb.testing.MockApiServer;
import dev.slb.testing.Sockets;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

@Sockets
class LeadershipTest {

    private static final LeaseOptions OPTIONS = new LeaseOptions(
            "slb-system",
            "slb-operator",
            "slb-0",
            Duration.ofSeconds(8),
            Duration.ofSeconds(6),
            Duration.ofMillis(500));

    @Test
    void oneThatFindsItsOwnNameInTheLeaseMayWriteWhenItIsToldThatItIsElected() throws Exception {
        try (MockApiServer api = new MockApiServer();
                KubernetesClient client = api.client("slb-0", api.address().getPort())) {
            api.admin()
                    .resource(new LeaseBuilder()
                            .withNewMetadata()
                            .withNamespace(OPTIONS.namespace())
                            .withName(OPTIONS.name())
                            .endMetadata()
                            .withNewSpec()
                            .withHolderIdentity(OPTIONS.identity()) // it was killed, and starts again
                            .withLeaseDurationSeconds(8)
                            .withAcquireTime(ZonedDateTime.now())
                            .withRenewTime(ZonedDateTime.now())
                            .withLeaseTransitions(3)
                            .endSpec()
                            .build())
                    .create();
            CompletableFuture<Void> told = new CompletableFuture<>();
            try (Leadership leadership = new Leadership(client, OPTIONS, () -> told.complete(null))) {
                CompletableFuture<Boolean> mayWrite = told.thenApply(gained -> leadership.isElected());
                leadership.start();

                assertThat(mayWrite.get(20, TimeUnit.SECONDS)).isTrue();
            }
        }
    }
}
