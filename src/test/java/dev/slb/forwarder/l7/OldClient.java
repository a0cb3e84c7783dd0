package dev.slb.forwarder.l7;

import dev.slb.testing.Loopback;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCountUtil;

import javax.net.ssl.SSLException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A client of BoringSSL, which speaks versions that the JDK has disabled. */
final class OldClient {

    private OldClient() {}

    /**
     * What was agreed on.
     *
     * @param application the protocol by ALPN, null when none was
     * @param answer what came for a request of HTTP/1.1; empty when none was sent, as HTTP/2 was agreed on
     */
    record Session(String version, String application, String answer) {}

    /** @return the version that was agreed on */
    static String handshake(int port, String version) throws Exception {
        return connect(port, version, null).version();
    }

    /**
     * Sends a request, whose answer ends the connection, unless HTTP/2 is agreed on.
     *
     * @param host to be named in the handshake, null: none
     * @param application protocols to offer by ALPN
     */
    static Session connect(int port, String version, String host, String... application) throws Exception {
        SslContext context = SslContextBuilder.forClient()
                .sslProvider(SslProvider.OPENSSL_REFCNT)
                .protocols(version)
                .ciphers(TestTls.SUITES)
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .endpointIdentificationAlgorithm(null)
                .applicationProtocolConfig(
                        application.length == 0
                                ? ApplicationProtocolConfig.DISABLED
                                : new ApplicationProtocolConfig(
                                        ApplicationProtocolConfig.Protocol.ALPN,
                                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                                        application))
                .build();
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        CompletableFuture<SslHandler> added =
                new CompletableFuture<>(); // which leaves its pipeline when the channel closes
        StringBuffer answer = new StringBuffer();
        try {
            Channel channel = new Bootstrap()
                    .group(group)
                    .channel(NioSocketChannel.class)
                    .handler(new ChannelInitializer<SocketChannel>() {
                        @Override
                        protected void initChannel(SocketChannel ch) {
                            SslHandler handler = host == null
                                    ? context.newHandler(ch.alloc())
                                    : context.newHandler(ch.alloc(), host, port);
                            ch.pipeline().addLast(handler, new SimpleChannelInboundHandler<ByteBuf>() {
                                @Override
                                protected void channelRead0(ChannelHandlerContext ctx, ByteBuf in) {
                                    answer.append(in.toString(StandardCharsets.US_ASCII));
                                }
                            });
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
            String protocol = handler.applicationProtocol();
            if (ApplicationProtocolNames.HTTP_2.equals(protocol)) {
                channel.close().sync();
            } else {
                channel.writeAndFlush(Unpooled.copiedBuffer(
                        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", StandardCharsets.US_ASCII));
                if (!channel.closeFuture().await(20, TimeUnit.SECONDS)) {
                    throw new SSLException("no end of the answer");
                }
            }
            return new Session(agreed, protocol, answer.toString());
        } finally {
            group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
            ReferenceCountUtil.release(context);
        }
    }
}
