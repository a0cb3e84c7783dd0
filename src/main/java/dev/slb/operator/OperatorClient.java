package dev.slb.operator;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;

import java.time.Duration;

/** The client of the API server, from a pod's service account or a kubeconfig. */
public final class OperatorClient {

    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration REQUEST = Duration.ofSeconds(10);

    /** Whoever asks tries again by itself: patience inside of the client would only hold up threads. */
    private static final int RETRIES = 1;

    /** First wait of a watch that broke; it doubles up to 32 times as much. */
    private static final Duration WATCH_RECONNECT = Duration.ofMillis(500);

    private OperatorClient() {}

    /**
     * Does not connect yet.
     *
     * @param errors counts what the API server refuses
     */
    public static KubernetesClient create(ApiErrors errors) {
        Config config = new ConfigBuilder(Config.autoConfigure(null))
                .withUserAgent("slb-operator")
                .withConnectionTimeout((int) CONNECT.toMillis())
                .withRequestTimeout((int) REQUEST.toMillis())
                .withRequestRetryBackoffLimit(RETRIES)
                .withWatchReconnectInterval((int) WATCH_RECONNECT.toMillis())
                .build();
        return create(config, errors);
    }

    /** As {@link #create(ApiErrors)}, of a given API server. Does not connect yet. */
    public static KubernetesClient create(Config config, ApiErrors errors) {
        return new KubernetesClientBuilder()
                .withConfig(config)
                .withKubernetesSerialization(TolerantReading.serialization())
                .withHttpClientBuilderConsumer(http -> http.addOrReplaceInterceptor("api-errors", errors))
                .build();
    }
}
