package dev.slb.delivery;

import dev.slb.plan.PlanJson;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;

/**
 * Asks the admin ports of forwarders for records. No answer may last longer or be larger than it is allowed to, head and body
 * together: the HTTP client by itself limits neither, and bounds only the time until a head has come.
 */
public final class AdminClient {

    /** A report of all that a forwarder can serve has a fraction of it. */
    static final int MAX_BYTES = 16 << 20;

    private static final int OK = 200;
    private static final int MAX_MESSAGE = 300;

    private final HttpClient http;

    /** @param http may be shared */
    public AdminClient(HttpClient http) {
        this.http = http;
    }

    /**
     * @param patience for the whole answer, to its last byte
     * @return fails with an {@link IOException} or {@link IllegalArgumentException} that says why, see {@link #why}, or with a
     *     {@link CancellationException} once it is cancelled: that ends the exchange and its connection
     */
    public <T> CompletableFuture<T> get(URI uri, Class<T> type, Duration patience) {
        CompletableFuture<HttpResponse<String>> exchange =
                http.sendAsync(HttpRequest.newBuilder(uri).timeout(patience).build(), answer -> new LimitedText());
        CompletableFuture<Boolean> tooLate =
                new CompletableFuture<Boolean>().completeOnTimeout(true, patience.toMillis(), TimeUnit.MILLISECONDS);
        tooLate.thenRunAsync(() -> exchange.cancel(true));
        return exchange.handle((answer, failure) -> {
            boolean late = tooLate.getNow(false);
            tooLate.cancel(false);
            if (late) {
                throw new CompletionException(
                        new IOException("no end of the answer within " + patience.toSeconds() + " s"));
            } else if (failure != null) {
                throw new CompletionException(cause(failure));
            }
            return read(answer, type);
        });
    }

    private static <T> T read(HttpResponse<String> answer, Class<T> type) {
        if (answer.statusCode() != OK) {
            throw new CompletionException(new IOException("answered " + answer.statusCode()));
        }
        T read = PlanJson.read(answer.body(), type);
        if (read == null) {
            throw new IllegalArgumentException("not a " + type.getSimpleName() + ": nothing");
        }
        return read;
    }

    private static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    /** One line of bounded length about what {@link #get} failed with. */
    public static String why(Throwable failure) {
        Throwable cause = cause(failure);
        String message = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        String line = message.replaceAll("\\s+", " ");
        return line.length() > MAX_MESSAGE ? line.substring(0, MAX_MESSAGE) + "..." : line;
    }

    /** A body as text, given up as soon as it is too large. */
    private static final class LimitedText implements HttpResponse.BodySubscriber<String> {

        private final CompletableFuture<String> text = new CompletableFuture<>();
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private Flow.Subscription subscription;

        @Override
        public CompletionStage<String> getBody() {
            return text;
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {
            for (ByteBuffer buffer : buffers) {
                if (text.isDone()) {
                    return;
                }
                if (bytes.size() + buffer.remaining() > MAX_BYTES) {
                    subscription.cancel();
                    text.completeExceptionally(new IOException("the answer has more than " + MAX_BYTES + " bytes"));
                    return;
                }
                byte[] taken = new byte[buffer.remaining()];
                buffer.get(taken);
                bytes.write(taken, 0, taken.length);
            }
        }

        @Override
        public void onError(Throwable failure) {
            text.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            text.complete(bytes.toString(StandardCharsets.UTF_8));
        }
    }
}
