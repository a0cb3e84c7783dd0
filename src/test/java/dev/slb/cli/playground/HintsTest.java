package dev.slb.cli.playground;

import dev.slb.cli.local.View;
import dev.slb.cli.local.View.ListenerView;
import dev.slb.cli.local.View.RouteView;
import dev.slb.cli.local.View.ServerView;
import dev.slb.plan.DocumentId;
import dev.slb.plan.Health;
import dev.slb.plan.ListenerProtocol;
import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class HintsTest {

    @Test
    void commandsToTryAreMadeForWhatIsServed() throws Exception {
        ServerView server =
                new ServerView("id", "a", "127.0.1.1:8000", 100, null, false, 1, 0, Health.NORMAL, null, null);
        ListenerView web = new ListenerView(
                DocumentId.listener("shop", "web"),
                ListenerProtocol.HTTP,
                8080,
                true,
                null,
                0,
                0,
                0,
                List.of(
                        new RouteView(null, null, "web", 0, List.of(server)),
                        new RouteView("*.example.com", "/api", "api", 0, List.of())));
        ListenerView dns = new ListenerView(
                DocumentId.listener("shop", "dns"),
                ListenerProtocol.UDP,
                5353,
                true,
                null,
                0,
                0,
                0,
                List.of(new RouteView(null, null, "dns", 0, List.of(server))));
        View view = new View(List.of(web, dns));

        assertThat(Hints.curl(view, null))
                .containsExactly(
                        "curl http://127.0.0.1:8080/                                # a 100",
                        "curl -H 'Host: any.example.com' http://127.0.0.1:8080/api  # rule *.example.com/api: api",
                        "echo hi | nc -u -w1 127.0.0.1 5353                         # a 100 (chosen per client port)");
        assertThat(Hints.curl(view, InetAddress.getByName("::1")).get(0))
                .startsWith("curl http://[0:0:0:0:0:0:0:1]:8080/");
    }
}
