package dev.slb.forwarder.health;

import dev.slb.forwarder.transport.DatagramPeer;
import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.Transport;
import dev.slb.plan.HealthCheckPlan;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelException;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Sends a datagram (classic SLB). With a request and an expected answer, only that answer is good. Without, the
 * server is bad when the network says that nobody listens at its port, and silence is good, as is any answer.
 */
final class UdpProbe implements Probe {

    /** What a passive check sends: one byte that means nothing. An empty datagram would be dropped by many a middlebox. */
    private static final byte[] ANYTHING = {0};

    private static final int MAX_ANSWER = 2048;

    private final Transport transport;
    private final InetSocketAddress address;
    private final ByteBuf request;
    /** Null: passive. */
    private final byte[] expected;

    UdpProbe(HealthCheckPlan plan, Transport transport, InetSocketAddress address) {
        this.transport = transport;
        this.address = address;
        byte[] bytes = plan.udpRequest() == null ? ANYTHING : plan.udpRequest().getBytes(StandardCharsets.UTF_8);
        // Wrapped: it lives as long as the probe, which nobody closes.
        this.request = Unpooled.wrappedBuffer(
                ByteBuffer.allocateDirect(bytes.length).put(bytes).flip());
        this.expected = plan.udpResponse() == null ? null : plan.udpResponse().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public boolean isSilenceGood() {
        return expected == null;
    }

    @Override
    public Attempt start(Loop loop, Result result) {
        return new Exchange(loop, result);
    }

    private final class Exchange implements Attempt, DatagramPeer.Receiver {

        private final Result result;
        private DatagramPeer peer;

        Exchange(Loop loop, Result result) {
            this.result = result;
            try {
                peer = transport.openPeer(loop, address, this);
            } catch (NoRouteToHostException e) {
                fail(FailureTexts.text(e));
                return;
            } catch (IOException e) {
                throw new ChannelException(e);
            }
            try {
                peer.send(request);
            } catch (IOException e) {
                fail(text(e));
            }
        }

        @Override
        public void readable(DatagramPeer from) {
            ByteBuf answer = Unpooled.directBuffer(MAX_ANSWER, MAX_ANSWER);
            try {
                if (from.receive(answer) < 0) {
                    return;
                }
                if (expected == null || ByteBufUtil.equals(answer, Unpooled.wrappedBuffer(expected))) {
                    result.success();
                    close();
                } else {
                    fail("not the expected answer");
                }
            } catch (IOException e) {
                fail(text(e));
            } finally {
                answer.release();
            }
        }

        private void fail(String cause) {
            result.failure(cause);
            close();
        }

        private void close() {
            abort();
            result.closed();
        }

        @Override
        public void abort() {
            if (peer != null) {
                peer.close();
            }
        }
    }

    private static String text(IOException e) {
        return e instanceof PortUnreachableException ? "port unreachable" : FailureTexts.text(e);
    }
}
