package dev.slb.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.slb.operator.ApiErrors;
import dev.slb.operator.OperatorClient;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.dsl.HttpMethod;
import io.fabric8.mockwebserver.http.Buffer;
import io.fabric8.mockwebserver.http.Headers;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import io.fabric8.mockwebserver.http.Response;
import io.fabric8.mockwebserver.http.WebSocket;
import io.fabric8.mockwebserver.http.WebSocketListener;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * An API server in memory with our CRDs. What the mock behind it lacks and we use: server-side apply, which creates or merges
 * here, and a cluster IP for each Service. It knows who wrote what.
 */
public final class MockApiServer implements AutoCloseable {

    /**
     * @param user agent of the client
     * @param path without query
     */
    public record Write(String user, String method, String path) {}

    /** Tells of every request otherwise. A field, since loggers that nobody holds are forgotten with their level. */
    private static final Logger MOCK_LOG = Logger.getLogger(MockWebServer.class.getName());

    static {
        MOCK_LOG.setLevel(Level.WARNING);
    }

    private final Dispatcher dispatcher = new Dispatcher();
    private final KubernetesMockServer server =
            new KubernetesMockServer(new Context(), new MockWebServer(), new HashMap<>(), dispatcher, false);
    private final KubernetesClient admin;

    public MockApiServer() {
        server.init(InetAddress.getLoopbackAddress(), 0);
        admin = client("admin", server.getPort(), 60_000, new ApiErrors()); // nobody tries again for a test
        try (DirectoryStream<Path> crds = Files.newDirectoryStream(Path.of("crds"), "*.yaml")) {
            for (Path crd : crds) {
                admin.resource(Serialization.unmarshal(Files.newInputStream(crd), CustomResourceDefinition.class))
                        .create();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Of the person before the cluster; never cut. */
    public KubernetesClient admin() {
        return admin;
    }

    public InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getPort());
    }

    /**
     * @param user appears in {@link #writes}
     * @param port of the server, or of something before it
     */
    public KubernetesClient client(String user, int port) {
        return client(user, port, new ApiErrors());
    }

    /** @param errors counts what is refused */
    public KubernetesClient client(String user, int port, ApiErrors errors) {
        return client(user, port, 5_000, errors);
    }

    private static KubernetesClient client(String user, int port, int requestMillis, ApiErrors errors) {
        Config config = new ConfigBuilder(Config.empty())
                .withMasterUrl("http://127.0.0.1:" + port)
                .withNamespace("slb-system")
                .withUserAgent(user)
                // The JDK's client would upgrade to h2c, where the mock leaves some request without an answer.
                .withHttp2Disable(true)
                .withRequestTimeout(requestMillis)
                .withConnectionTimeout(requestMillis)
                .withRequestRetryBackoffLimit(0)
                .withWatchReconnectInterval(100)
                .build();
        return OperatorClient.create(config, errors);
    }

    /** Every write that was not the admin's, in their order; Leases are left out. */
    public List<Write> writes() {
        return dispatcher.writes.stream()
                .filter(write -> !write.user().equals("admin"))
                .filter(write -> !write.path().contains("/leases"))
                .toList();
    }

    /** From now on everybody but the admin is forbidden to read what has this in its path, query included. */
    public void forbid(String inPath) {
        dispatcher.forbidden.add(inPath);
    }

    /** From now on what everybody but the admin reads or watches that has this in its path is no JSON. */
    public void garble(String inPath) {
        dispatcher.garbled.add(inPath);
    }

    public void speakPlainly() {
        dispatcher.garbled.clear();
    }

    public void permitAll() {
        dispatcher.forbidden.clear();
    }

    @Override
    public void close() {
        admin.close();
        server.destroy();
    }

    private static final String GARBAGE = "{\"type\": \"ADDED\", \"items\": [{\"metadata\": ";

    private static final class Dispatcher extends KubernetesCrudDispatcher {

        private final List<Write> writes = new CopyOnWriteArrayList<>();
        private final List<String> forbidden = new CopyOnWriteArrayList<>();
        private final List<String> garbled = new CopyOnWriteArrayList<>();
        private final AtomicInteger clusterIps = new AtomicInteger();

        @Override
        public MockResponse dispatch(RecordedRequest request) {
            if (request.method() == HttpMethod.GET
                    && !"admin".equals(request.getHeader("User-Agent"))
                    && forbidden.stream().anyMatch(request.getPath()::contains)) {
                return new MockResponse().setResponseCode(403);
            }
            if (request.method() == HttpMethod.GET
                    && !"admin".equals(request.getHeader("User-Agent"))
                    && garbled.stream().anyMatch(request.getPath()::contains)) {
                return garbled(request);
            }
            if (request.method() == HttpMethod.GET) {
                return super.dispatch(request);
            }
            String path = request.getPath().split("\\?")[0];
            writes.add(new Write(request.getHeader("User-Agent"), request.getMethod(), path));
            String type = request.getHeader("Content-Type");
            return type != null && type.startsWith("application/apply-patch")
                    ? apply(request, path)
                    : super.dispatch(request);
        }

        private static MockResponse garbled(RecordedRequest request) {
            if (!request.getPath().contains("watch=true")) {
                return new MockResponse().setResponseCode(200).setBody(GARBAGE);
            }
            return new MockResponse().withWebSocketUpgrade(new WebSocketListener() {
                @Override
                public void onOpen(WebSocket socket, Response response) {
                    socket.send(GARBAGE);
                }
            });
        }

        private MockResponse apply(RecordedRequest request, String path) {
            ObjectNode applied =
                    (ObjectNode) Serialization.unmarshal(request.getBody().readUtf8(), JsonNode.class);
            MockResponse present = handleGet(path);
            if (present.code() == 200) {
                ObjectNode merged =
                        (ObjectNode) Serialization.unmarshal(present.getBody().readUtf8(), JsonNode.class);
                merge(merged, applied);
                return super.dispatch(as(request, HttpMethod.PUT, path, merged));
            }
            if (applied.path("kind").asText().equals("Service")) {
                applied.withObject("/spec").put("clusterIP", "10.96.0." + clusterIps.incrementAndGet());
            }
            return super.dispatch(as(request, HttpMethod.POST, path.substring(0, path.lastIndexOf('/')), applied));
        }

        /** Lists as a whole; what is no longer applied stays. */
        private static void merge(ObjectNode into, ObjectNode from) {
            from.properties().forEach(field -> {
                if (field.getValue().isObject() && into.path(field.getKey()).isObject()) {
                    merge((ObjectNode) into.get(field.getKey()), (ObjectNode) field.getValue());
                } else {
                    into.set(field.getKey(), field.getValue());
                }
            });
        }

        private static RecordedRequest as(RecordedRequest request, HttpMethod method, String path, JsonNode body) {
            Headers headers =
                    Headers.builder().add("Content-Type", "application/json").build();
            return new RecordedRequest(
                    request.getHttpVersion(), method, path, headers, new Buffer().writeUtf8(body.toString()));
        }
    }
}
