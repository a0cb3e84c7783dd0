package dev.slb.bench;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Arrays;
import java.util.Locale;

/**
 * Sends datagrams to a port of 127.0.0.1, each flow the next when the last was answered; one without an answer within a
 * second is lost. Prints one line of JSON.
 *
 * <pre>UdpLoad PORT BYTES FLOWS SECONDS</pre>
 */
public final class UdpLoad {

    private static final long PATIENCE = 1_000_000_000L;

    private static final class Flow {
        private final DatagramChannel channel;
        private long sent;

        private Flow(DatagramChannel channel) {
            this.channel = channel;
        }
    }

    private UdpLoad() {}

    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[0]);
        ByteBuffer request = ByteBuffer.allocateDirect(Integer.parseInt(arguments[1]));
        ByteBuffer answer = ByteBuffer.allocateDirect(65_536);
        Selector selector = Selector.open();
        Flow[] flows = new Flow[Integer.parseInt(arguments[2])];
        long start = System.nanoTime();
        long end = start + Long.parseLong(arguments[3]) * 1_000_000_000L;
        for (int i = 0; i < flows.length; i++) {
            DatagramChannel channel = DatagramChannel.open();
            channel.configureBlocking(false);
            channel.connect(new InetSocketAddress("127.0.0.1", port));
            flows[i] = new Flow(channel);
            channel.register(selector, SelectionKey.OP_READ, flows[i]);
            send(flows[i], request);
        }
        long[] times = new long[1 << 16];
        int count = 0;
        int lost = 0;
        long checked = start;
        while (System.nanoTime() < end) {
            selector.select(100);
            long now = System.nanoTime();
            for (SelectionKey key : selector.selectedKeys()) {
                Flow flow = (Flow) key.attachment();
                answer.clear();
                while (flow.channel.read(answer) > 0) {
                    if (count == times.length) {
                        times = Arrays.copyOf(times, 2 * count);
                    }
                    times[count++] = now - flow.sent;
                    send(flow, request);
                    answer.clear();
                }
            }
            selector.selectedKeys().clear();
            if (now - checked > PATIENCE) {
                checked = now;
                for (Flow flow : flows) {
                    if (now - flow.sent > PATIENCE) {
                        lost++;
                        send(flow, request);
                    }
                }
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        times = Arrays.copyOf(times, count);
        Arrays.sort(times);
        System.out.printf(
                Locale.ROOT,
                "{\"requests\": %d, \"lost\": %d, \"seconds\": %.3f, \"p99Micros\": %.1f}%n",
                count,
                lost,
                seconds,
                count == 0 ? 0 : times[(int) (count * 0.99)] / 1e3);
    }

    private static void send(Flow flow, ByteBuffer request) throws java.io.IOException {
        request.clear();
        flow.channel.write(request);
        flow.sent = System.nanoTime();
    }
}
