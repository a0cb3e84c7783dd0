package dev.slb.delivery;

import dev.slb.control.PlanStore;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.PlanDocument;
import dev.slb.plan.PlanJson;
import dev.slb.plan.Secret;
import dev.slb.plan.TlsPlan;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.Opened;
import dev.slb.testing.RecordingSink;
import dev.slb.testing.Sockets;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** What travels when a document changes in one place. */
@Sockets
class PlanEditsTest {

    private static final DocumentId WEB = DocumentId.vServerGroup("shop", "web");
    private static final String CERTIFICATE = "-----BEGIN CERTIFICATE-----\n" + "MIIC".repeat(1_000) + "\n";

    private final PlanStore store = new PlanStore();

    @AutoClose
    private final Opened opened = new Opened();

    private PlanStreamServer server;

    @BeforeEach
    void serve() throws IOException {
        store.synced();
        server = opened.add(new PlanStreamServer(
                store, new InetSocketAddress(Loopback.ADDRESS, 0), "operator-0", PlanStreamOptions.defaults()));
    }

    /** @param path of one rule of forty */
    private static ListenerPlan listener(String name, String path, String certificate) {
        ListenerPlanBuilder listener = ListenerPlanBuilder.https(name, 10_000)
                .tls(new TlsPlan(
                        new TlsPlan.Certificate(certificate, new Secret("key of " + name)),
                        List.of(),
                        null,
                        List.of("TLSv1.3"),
                        List.of()))
                .group(WEB);
        for (int i = 0; i < 40; i++) {
            listener.rule("rule-" + i, "h" + i + ".example.com", i == 17 ? path : "/", WEB);
        }
        return listener.build();
    }

    private BufferedReader connect(String hello) throws IOException {
        Socket forwarder = opened.add(new Socket());
        forwarder.connect(server.address());
        forwarder
                .getOutputStream()
                .write(("{\"message\":\"hello\",\"protocol\":" + PlanMessage.PROTOCOL + ",\"name\":\"f\"" + hello
                                + "}\n")
                        .getBytes(StandardCharsets.UTF_8));
        return new BufferedReader(new InputStreamReader(forwarder.getInputStream(), StandardCharsets.UTF_8));
    }

    private static String nextWith(BufferedReader lines, String text) throws IOException {
        String line = "";
        while (!line.contains(text)) {
            line = lines.readLine();
            assertThat(line).isNotNull();
        }
        return line;
    }

    @Test
    void aRuleTravelsWithoutTheCertificateAndTheOtherRules() throws Exception {
        store.publish(listener("web", "/", CERTIFICATE));
        BufferedReader lines = connect(",\"edits\":true");
        assertThat(nextWith(lines, "listener/shop/web")).contains("MIICMIIC", "rule-39");

        store.publish(listener("web", "/new", CERTIFICATE));

        assertThat(nextWith(lines, "\"edit\"")).hasSizeLessThan(500).doesNotContain("MIIC", "rule-39");
    }

    @Test
    void aForwarderThatKnowsNoEditsGetsWholeDocuments() throws Exception {
        store.publish(listener("web", "/", CERTIFICATE));
        BufferedReader lines = connect("");
        nextWith(lines, "listener/shop/web");

        store.publish(listener("web", "/new", CERTIFICATE));

        assertThat(nextWith(lines, "/new")).contains("\"publish\"", "MIICMIIC", "rule-39");
    }

    @Test
    void anEditOfWhatWasNotSentEndsTheConnectionAndAllComesAnew() throws Exception {
        RecordingSink sink = new RecordingSink();
        try (ServerSocket operator = new ServerSocket(0, 10, InetAddress.getByName(Loopback.ADDRESS))) {
            opened.add(new PlanStreamClient(
                            operator.getLocalSocketAddress(), "f", null, sink, PlanStreamOptions.defaults())
                    .start());
            for (String edit : new String[] {
                "\"from\":\"v2\",\"edit\":{\"head\":1,\"tail\":1,\"text\":\"\"}",
                "\"from\":\"v1\",\"edit\":{\"head\":-1,\"tail\":1,\"text\":\"\"}",
                "\"from\":\"v1\",\"edit\":{\"head\":2147483647,\"tail\":2147483647,\"text\":\"\"}"
            }) {
                Socket forwarder = operator.accept();
                forwarder.setSoTimeout(30_000);
                String group = PlanJson.write(GroupPlanBuilder.group("web").build());
                for (String line : new String[] {
                    "\"hello\",\"protocol\":" + PlanMessage.PROTOCOL + ",\"name\":\"odd\"",
                    "\"begin\"",
                    "\"publish\",\"id\":\"" + WEB + "\",\"version\":\"v1\",\"document\":" + group,
                    "\"edit\",\"id\":\"" + WEB + "\",\"version\":\"v3\"," + edit
                }) {
                    forwarder
                            .getOutputStream()
                            .write(("{\"message\":" + line + "}\n").getBytes(StandardCharsets.UTF_8));
                }
                while (forwarder.getInputStream().read() >= 0) {
                    // until it closes
                }
            }
        }
        assertThat(sink.calls()).hasSize(6).containsOnly("begin", "publish " + WEB);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void whateverIsEditedArrivesAsItIs(long seed) {
        Random random = new Random(seed);
        RecordingSink sink = new RecordingSink();
        opened.add(new PlanStreamClient(server.address(), "f", null, sink, PlanStreamOptions.defaults()).start());
        for (int round = 0; round < 20; round++) {
            for (int edit = 0; edit < 20; edit++) {
                String name = "d" + random.nextInt(4);
                switch (random.nextInt(5)) {
                    case 0 -> store.withdraw(DocumentId.listener("shop", name));
                    case 1 -> store.keep(DocumentId.listener("shop", "odd"), DocumentId.loadBalancer("shop", "shop"));
                    case 2 -> store.publish(group(name, random));
                    default ->
                        store.publish(
                                listener(name, "/" + word(random), word(random).repeat(200)));
                }
            }
            await(() -> {
                assertThat(sink.documents().values()).as("seed %s", seed).containsExactlyElementsOf(store.documents());
                return true;
            });
        }
        assertThat(sink.calls()).as("one delivery, that never broke off").containsOnlyOnce("begin");
    }

    private static PlanDocument group(String name, Random random) {
        GroupPlanBuilder group = GroupPlanBuilder.group(name);
        for (int i = 0; i < random.nextInt(30); i++) {
            if (random.nextInt(5) > 0) {
                group.server("s" + i, 1 + i, random.nextInt(3));
            }
        }
        return group.build();
    }

    /** With letters of one, two and four bytes; two of the last kind differ in their second half only. */
    private static String word(Random random) {
        return List.of("a", "b", "é", "\uD83D\uDE00", "\uD83D\uDE01", "\"", "\\")
                        .get(random.nextInt(7))
                + random.nextInt(3);
    }
}
