package dev.slb.operator;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts requests to the API server that came to nothing, by the code of the answer. Any thread. */
public final class ApiErrors implements Interceptor {

    private static final int FIRST_ERROR = 400;
    private static final String NO_ANSWER = "none";

    private final Map<String, LongAdder> counts = new ConcurrentHashMap<>(Map.of(NO_ANSWER, new LongAdder()));

    @Override
    public void after(HttpRequest request, HttpResponse<?> response, AsyncBody.Consumer<List<ByteBuffer>> consumer) {
        if (response.code() >= FIRST_ERROR) {
            count(String.valueOf(response.code()));
        }
    }

    @Override
    public void afterConnectionFailure(HttpRequest request, Throwable failure) {
        count(NO_ANSWER);
    }

    private void count(String code) {
        counts.computeIfAbsent(code, first -> new LongAdder()).increment();
    }

    /** By code, {@code none} where no answer came. */
    Map<String, LongAdder> counts() {
        return counts;
    }
}
