package dev.slb.delivery;

import dev.slb.base.Sha256;
import dev.slb.control.PlanStore;
import dev.slb.forwarder.ForwarderOptions;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport.DocumentState;
import dev.slb.plan.PlanJson;
import dev.slb.testing.Loopback;
import dev.slb.testing.Opened;
import dev.slb.testing.Sockets;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

import static dev.slb.testing.RunningForwarder.await;
import static dev.slb.testing.TestPlans.loadBalancer;
import static org.assertj.core.api.Assertions.assertThat;

/** Which version a forwarder reports of a document that it understands in part only: that of the bytes as they were sent. */
@Sockets
class DocumentVersionsTest {

    /** As a newer operator might write it: with fields that nobody here knows, in an order of its own. */
    private static final String NEWER = "{\"type\":\"LoadBalancer\",\"shine\":[1.0,{\"x\":\"\\u00e4\"}],"
            + "\"id\":\"loadbalancer/shop/shop\",\"forwarders\":2}";

    private static final String VERSION = Sha256.hex(NEWER, 32);
    private static final DocumentId ID = DocumentId.loadBalancer("shop", "shop");

    @TempDir
    Path folder;

    @AutoClose
    private final Opened opened = new Opened();

    private ServerSocket operator;

    @BeforeEach
    void listen() throws IOException {
        operator = opened.add(new ServerSocket());
        operator.bind(new InetSocketAddress(Loopback.ADDRESS, 0));
    }

    private ForwarderProcess start() throws IOException {
        return ForwarderProcess.start(new ForwarderProcess.Options(
                ForwarderOptions.named("forwarder-0")
                        .bindTo(Loopback.ADDRESS)
                        .withTransport(TransportKind.AUTO)
                        .withEventLoops(1),
                operator.getLocalSocketAddress(),
                folder.resolve("last-good"),
                new InetSocketAddress(Loopback.ADDRESS, 0),
                PlanStreamOptions.defaults()));
    }

    /** @param publish without its braces: what the line says of the document */
    private void deliver(String publish) throws IOException {
        Socket forwarder = opened.add(operator.accept());
        send(forwarder, "\"message\":\"hello\",\"protocol\":" + PlanMessage.PROTOCOL + ",\"name\":\"newer\"");
        send(forwarder, "\"message\":\"begin\"");
        send(forwarder, "\"message\":\"publish\"," + publish);
        send(forwarder, "\"message\":\"synced\"");
    }

    private static void send(Socket socket, String fields) throws IOException {
        socket.getOutputStream().write(("{" + fields + "}\n").getBytes(StandardCharsets.UTF_8));
    }

    private static void awaitServing(ForwarderProcess forwarder, String version) {
        await(() -> {
            DocumentState state = forwarder.forwarder().report().documents().get(ID);
            assertThat(state).isNotNull();
            assertThat(state.serving()).isEqualTo(version);
            return true;
        });
    }

    @Test
    void aForwarderReportsTheVersionThatItsOperatorNames() throws Exception {
        ForwarderProcess forwarder = opened.add(start());

        deliver("\"id\":\"" + ID + "\",\"version\":\"a-hash\",\"document\":" + NEWER);

        awaitServing(forwarder, "a-hash");
    }

    @Test
    void ofAnOperatorThatNamesNoneItIsTheHashOfWhatItSent() throws Exception {
        ForwarderProcess forwarder = opened.add(start());

        deliver("\"document\":" + NEWER + ",\"id\":\"" + ID + "\"");

        awaitServing(forwarder, VERSION);
    }

    @Test
    void theVersionIsTheSameAfterARestartWithoutAnOperator() throws Exception {
        ForwarderProcess forwarder = start();
        deliver("\"id\":\"" + ID + "\",\"version\":\"" + VERSION + "\",\"document\":" + NEWER);
        awaitServing(forwarder, VERSION);
        forwarder.close();

        awaitServing(opened.add(start()), VERSION);
    }

    @Test
    void anOperatorNamesTheVersionOfTheBytesThatItSends() throws Exception {
        PlanStore store = new PlanStore();
        store.publish(loadBalancer(2));
        store.synced();
        PlanStreamServer server = opened.add(new PlanStreamServer(
                store, new InetSocketAddress(Loopback.ADDRESS, 0), "operator-0", PlanStreamOptions.defaults()));
        Socket forwarder = opened.add(new Socket());
        forwarder.connect(server.address());
        send(forwarder, "\"message\":\"hello\",\"protocol\":" + PlanMessage.PROTOCOL + ",\"name\":\"f\"");
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(forwarder.getInputStream(), StandardCharsets.UTF_8));

        String line = "";
        while (!line.contains("\"publish\"")) {
            line = lines.readLine();
            assertThat(line).isNotNull();
        }

        String document = PlanJson.write(loadBalancer(2));
        assertThat(line)
                .contains("\"document\":" + document)
                .contains("\"version\":\"" + Sha256.hex(document, 32) + "\"");
        assertThat(store.version(ID)).contains(Sha256.hex(document, 32));
    }
}
