package dev.slb.cli.local;

import dev.slb.cli.local.View.ListenerView;
import dev.slb.cli.local.View.RouteView;
import dev.slb.cli.local.View.ServerView;
import dev.slb.plan.DocumentId;
import dev.slb.plan.Health;
import dev.slb.plan.ListenerProtocol;
import dev.slb.plan.ServerRole;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** The view as table and as lines. */
class ViewTest {

    private static final SeenShares NOTHING_SEEN = new SeenShares();

    @Test
    void theTableNamesEachListenerAndRuleOnce() {
        List<String> lines = ViewText.table(view(web(100, 1000, 500, Health.NORMAL)), NOTHING_SEEN, 200);

        assertThat(lines).hasSize(4);
        assertThat(lines.get(0)).startsWith("LISTENER  PORT").endsWith("HEALTH");
        assertThat(lines.get(1))
                .startsWith("web")
                .contains("HTTP :8080", "* -> web", "a", "127.0.1.1:8000", "66.7 %", "1000", "Normal");
        assertThat(lines.get(2)).startsWith("     ").contains("b", "33.3 %", "500");
        assertThat(lines.get(3)).contains("canary.example.com -> canary", "(no server)");
    }

    @Test
    void aNarrowWindowShowsNoAddresses() {
        View view = view(web(100, 0, 0, Health.NORMAL));

        assertThat(ViewText.table(view, NOTHING_SEEN, 90).get(1))
                .doesNotContain("127.0.1.1")
                .endsWith("Normal");
    }

    @Test
    void countsSayHowLongAFailedServerIsUsed() {
        assertThat(ViewText.counts(view(web(100, 2, 1, Health.NORMAL))))
                .containsExactly(
                        "web HTTP :8080: 3 requests, 3 connections, 0 open; a server that fails is left within 19 s");
    }

    @Test
    void aListenerThatDoesNotServeSaysWhy() {
        ListenerView taken = new ListenerView(
                DocumentId.listener("shop", "web"),
                ListenerProtocol.TCP,
                8080,
                false,
                "port 8080 is taken",
                0,
                0,
                0,
                List.of(new RouteView(null, null, "web", 0, List.of())));

        assertThat(ViewText.table(view(taken), NOTHING_SEEN, 200).get(1)).contains("NOT SERVING: port 8080 is taken");
    }

    @Test
    void seenSharesStartAgainWhenTheExpectedOnesChange() {
        SeenShares seen = new SeenShares();
        View before = view(web(100, 0, 0, Health.NORMAL));
        seen.update(before);
        View after = view(web(100, 1000, 500, Health.NORMAL));
        seen.update(after);
        assertThat(share(seen, after, 0)).isEqualTo(2.0 / 3);

        seen.update(view(web(50, 1000, 500, Health.NORMAL)));
        View even = view(web(50, 1010, 510, Health.NORMAL));
        seen.update(even);

        assertThat(share(seen, even, 0)).isEqualTo(0.5);
    }

    @Test
    void withoutTrafficThereIsNoShare() {
        View view = view(web(100, 0, 0, Health.NORMAL));

        assertThat(share(NOTHING_SEEN, view, 0)).isNaN();
        assertThat(ViewText.percent(Double.NaN)).isEqualTo("-");
    }

    @Test
    void linesTellWhatChangedAndNothingElse() {
        EventLines lines = new EventLines();
        assertThat(lines.changes(view(web(100, 0, 0, Health.NORMAL))))
                .containsExactly(
                        "web HTTP :8080 serving",
                        "web HTTP :8080 * -> web: a 127.0.1.1:8000 weight 100 Normal",
                        "web HTTP :8080 * -> web: b 127.0.1.2:8000 weight 50 Normal");

        assertThat(lines.changes(view(web(100, 7, 3, Health.NORMAL)))).isEmpty();
        assertThat(lines.changes(view(web(100, 7, 3, Health.ABNORMAL))))
                .containsExactly("web HTTP :8080 * -> web: b 127.0.1.2:8000 weight 50 ABNORMAL: refused");
        assertThat(lines.changes(new View(List.of())))
                .containsExactly(
                        "web ended",
                        "web HTTP :8080 * -> web: a 127.0.1.1:8000 left",
                        "web HTTP :8080 * -> web: b 127.0.1.2:8000 left");
    }

    @Test
    void trafficIsToldOfRulesThatHadAny() {
        EventLines lines = new EventLines();
        SeenShares seen = new SeenShares();
        View start = view(web(100, 0, 0, Health.NORMAL));
        seen.update(start);
        assertThat(lines.traffic(start, seen)).isEmpty();

        View later = view(web(100, 2, 1, Health.NORMAL));
        assertThat(lines.traffic(later, seen))
                .containsExactly("web HTTP :8080 * -> web: a 2 (66.7 % of 66.7 %), b 1 (33.3 % of 33.3 %)");
        assertThat(lines.traffic(later, seen)).isEmpty();
    }

    private static double share(SeenShares seen, View view, int server) {
        ListenerView listener = view.listeners().get(0);
        RouteView route = listener.routes().get(0);
        return seen.of(listener, route, route.servers().get(server));
    }

    private static View view(ListenerView listener) {
        return new View(List.of(listener));
    }

    private static ListenerView web(long weightOfA, long picksOfA, long picksOfB, Health healthOfB) {
        double all = weightOfA + (healthOfB == Health.NORMAL ? 50 : 0);
        return new ListenerView(
                DocumentId.listener("shop", "web"),
                ListenerProtocol.HTTP,
                8080,
                true,
                null,
                0,
                3,
                picksOfA + picksOfB,
                List.of(
                        new RouteView(
                                null,
                                null,
                                "web",
                                19,
                                List.of(
                                        server("a", 1, weightOfA, weightOfA / all, picksOfA, Health.NORMAL),
                                        server("b", 2, 50, 50 / all, picksOfB, healthOfB))),
                        new RouteView("canary.example.com", null, "canary", 0, List.of())));
    }

    private static ServerView server(String name, int host, long weight, double share, long picks, Health health) {
        return new ServerView(
                name + "-id",
                name,
                "127.0.1." + host + ":8000",
                weight,
                (ServerRole) null,
                false,
                share,
                picks,
                health,
                health == Health.ABNORMAL ? "refused" : null,
                null);
    }
}
