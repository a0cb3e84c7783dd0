package dev.slb.forwarder.transport;

import dev.slb.testing.Sockets;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Who has ended its output still gets all that is written, however slowly it reads. */
@Sockets
class HalfClosedPeersTest {

    /** Several at once, so that they go out by one call, and more than the kernel takes of them. */
    private static final int BUFFERS = 512;

    private static final int BUFFER_BYTES = 64 * 1024;

    @ParameterizedTest
    @EnumSource(value = TransportKind.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
    void getAllThatIsWritten(TransportKind kind) throws Exception {
        assumeTrue(Transport.isAvailable(kind));
        Transport transport = Transport.open(kind, 1, "half", new Faults(fatal -> {}));
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            InetSocketAddress address = (InetSocketAddress) server.getLocalSocketAddress();
            CountDownLatch written = new CountDownLatch(1);
            SocketChannel channel = transport.newSocketChannel(address);
            channel.config().setAllowHalfClosure(true);
            channel.pipeline().addLast(new WriterBehindTheEnd(written));
            transport.loops().get(0).eventLoop().register(channel);
            channel.connect(address);
            try (Socket peer = server.accept()) {
                peer.setSoTimeout(20_000);
                peer.shutdownOutput();
                assertThat(written.await(20, TimeUnit.SECONDS)).isTrue();
                assertThat(read(peer.getInputStream())).isEqualTo((long) BUFFERS * BUFFER_BYTES);
            }
        } finally {
            transport.close().awaitUninterruptibly();
        }
    }

    private static long read(InputStream in) throws Exception {
        long all = 0;
        byte[] some = new byte[BUFFER_BYTES];
        while (all < (long) BUFFERS * BUFFER_BYTES) {
            int bytes = in.read(some);
            if (bytes < 0) {
                break;
            }
            all += bytes;
        }
        return all;
    }

    private static final class WriterBehindTheEnd extends ChannelInboundHandlerAdapter {

        private final CountDownLatch written;

        WriterBehindTheEnd(CountDownLatch written) {
            this.written = written;
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                for (int i = 0; i < BUFFERS; i++) {
                    ctx.write(Unpooled.directBuffer(BUFFER_BYTES).writeZero(BUFFER_BYTES));
                }
                ctx.flush();
                written.countDown();
            }
        }
    }
}
