package dev.slb.forwarder.l7;

import dev.slb.testing.Loopback;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCountUtil;

import javax.net.ssl.SSLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A client of BoringSSL, which speaks versions that the JDK has disabled. */
final class OldClient {

    private OldClient() {}

    /** @return the version that was agreed on */
    static String handshake(int port, String version) throws Exception {
        SslContext context = SslContextBuilder.forClient()
                .sslProvider(SslProvider.OPENSSL_REFCNT)
                .protocols(version)
                .ciphers(TlsEdge.SUITES)
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .endpointIdentificationAlgorithm(null)
                .build();
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        CompletableFuture<SslHandler> added =
                new CompletableFuture<>(); // which leaves its pipeline when the channel closes
        try {
            Channel channel = new Bootstrap()
                    .group(group)
                    .channel(NioSocketChannel.class)
                    .handler(new ChannelInitializer<SocketChannel>() {
                        @Override
                        protected void initChannel(SocketChannel ch) {
                            SslHandler handler = context.newHandler(ch.alloc());
                            ch.pipeline().addLast(handler);
                            added.complete(handler);
                        }
                    })
                    .connect(Loopback.ADDRESS, port)
                    .sync()
                    .channel();
            SslHandler handler = added.get();
            handler.handshakeFuture().await(20, TimeUnit.SECONDS);
            if (!handler.handshakeFuture().isSuccess()) {
                throw new SSLException(handler.handshakeFuture().cause());
            }
            String agreed = handler.engine().getSession().getProtocol();
            channel.close().sync();
            return agreed;
        } finally {
            group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
            ReferenceCountUtil.release(context);
        }
    }
}
