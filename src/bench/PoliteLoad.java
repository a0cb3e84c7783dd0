package dev.slb.bench;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Requests at a fixed rate, whatever becomes of those before: of each five two on kept connections of HTTP/1.1, two on one
 * connection of HTTP/2, one on a new connection. Each counts from the moment at which it was due, so that one that is slow
 * hides none that should have come after it. For every line of standard input prints a line of JSON about the requests
 * that were due since the line before, when the last of them has ended.
 *
 * <pre>PoliteLoad HTTP_PORT HTTPS_PORT REQUESTS_PER_SECOND</pre>
 */
public final class PoliteLoad {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** Requests between two lines. */
    private static final class Phase {
        private final Map<String, Integer> failures = new TreeMap<>();
        private long[] nanos = new long[1 << 12];
        private int ended;
        private int running;

        synchronized void begin() {
            running++;
        }

        synchronized void end(long taken, String failure) {
            if (failure != null) {
                failures.merge(failure, 1, Integer::sum);
            }
            if (ended == nanos.length) {
                nanos = Arrays.copyOf(nanos, 2 * ended);
            }
            nanos[ended++] = taken;
            running--;
            notifyAll();
        }

        synchronized String json() throws InterruptedException {
            while (running > 0) {
                wait();
            }
            long[] sorted = Arrays.copyOf(nanos, ended);
            Arrays.sort(sorted);
            StringBuilder reasons = new StringBuilder();
            failures.forEach((reason, count) -> reasons.append(reasons.isEmpty() ? "" : ", ")
                    .append('"')
                    .append(reason.replaceAll("[\"\\\\\\p{Cntrl}]", " "))
                    .append("\": ")
                    .append(count));
            return String.format(
                    Locale.ROOT,
                    "{\"requests\": %d, \"p50Micros\": %.1f, \"p99Micros\": %.1f, \"maxMicros\": %.1f, \"failures\": {%s}}",
                    ended,
                    at(sorted, 0.5),
                    at(sorted, 0.99),
                    at(sorted, 1),
                    reasons);
        }

        private static double at(long[] sorted, double part) {
            return sorted.length == 0 ? 0 : sorted[(int) Math.min(sorted.length - 1, sorted.length * part)] / 1e3;
        }
    }

    /**
     * A client that sends no more than so many requests at a time, as HTTP/2 wants it and the JDK's does not care for; others
     * wait here.
     */
    private static final class Limited {
        private static final int MOST = 100;

        private final HttpClient client;
        private final Deque<Runnable> waiting = new ArrayDeque<>();
        private int running;

        Limited(HttpClient client) {
            this.client = client;
        }

        synchronized void send(Runnable request) {
            if (running == MOST) {
                waiting.add(request);
            } else {
                running++;
                request.run();
            }
        }

        synchronized void ended() {
            if (waiting.isEmpty()) {
                running--;
            } else {
                waiting.remove().run();
            }
        }
    }

    private final Limited kept;
    private final Limited multiplexed;
    private final HttpRequest plain;
    private final HttpRequest closing;
    private final HttpRequest secure;
    private Phase phase = new Phase();

    private PoliteLoad(int http, int https) throws Exception {
        HttpClient.Builder clients = HttpClient.newBuilder()
                .executor(Executors.newFixedThreadPool(2, PoliteLoad::daemon))
                .connectTimeout(PATIENCE)
                .sslContext(trusting());
        kept = new Limited(clients.version(HttpClient.Version.HTTP_1_1).build());
        multiplexed = new Limited(clients.version(HttpClient.Version.HTTP_2).build());
        plain = get("http", http).build();
        closing = get("http", http).header("Connection", "close").build();
        secure = get("https", https).build();
    }

    public static void main(String[] arguments) throws Exception {
        System.setProperty("jdk.httpclient.allowRestrictedHeaders", "connection");
        System.setProperty("jdk.internal.httpclient.disableHostnameVerification", "true");
        PoliteLoad load = new PoliteLoad(Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1]));
        long interval = 1_000_000_000L / Integer.parseInt(arguments[2]);
        daemon(() -> load.send(interval)).start();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        while (lines.readLine() != null) {
            System.out.println(load.nextPhase().json());
        }
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        return thread;
    }

    private static HttpRequest.Builder get(String scheme, int port) {
        return HttpRequest.newBuilder(URI.create(scheme + "://127.0.0.1:" + port + "/")).timeout(PATIENCE);
    }

    private synchronized Phase nextPhase() {
        Phase ended = phase;
        phase = new Phase();
        return ended;
    }

    private synchronized Phase begin() {
        phase.begin();
        return phase;
    }

    private void send(long interval) {
        long due = System.nanoTime();
        for (int i = 0; ; i++, due += interval) {
            while (System.nanoTime() < due) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            switch (i % 5) {
                case 0, 2 -> request(kept, plain, due);
                case 1, 3 -> request(multiplexed, secure, due);
                default -> request(kept, closing, due);
            }
        }
    }

    private void request(Limited limited, HttpRequest request, long due) {
        Phase phase = begin();
        HttpClient client = limited.client;
        limited.send(() -> client.sendAsync(request, HttpResponse.BodyHandlers.discarding())
                .whenComplete((answer, failure) -> {
                    phase.end(System.nanoTime() - due, failure(client.version(), answer, failure));
                    limited.ended();
                }));
    }

    /** What is wrong with an answer, or null. */
    private static String failure(HttpClient.Version version, HttpResponse<?> answer, Throwable failure) {
        if (failure != null) {
            return String.valueOf(failure.getCause() == null ? failure : failure.getCause());
        }
        if (answer.statusCode() != 200) {
            return "status " + answer.statusCode();
        }
        return answer.version() == version ? null : "version " + answer.version();
    }

    /** The benchmark's certificate is signed by nobody. */
    private static SSLContext trusting() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Trusting()}, new SecureRandom());
        return context;
    }

    private static final class Trusting extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
