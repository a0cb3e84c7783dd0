package dev.slb.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;

/** The least that a TCP relay on Netty does: no checks, timeouts, counters or half-close. Transport, threads, port, servers. */
final class Relay extends ChannelInboundHandlerAdapter {

    private Channel peer;

    public static void main(String[] arguments) throws InterruptedException {
        boolean uring = arguments[0].equals("io_uring");
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(
                Integer.parseInt(arguments[1]), uring ? IoUringIoHandler.newFactory() : EpollIoHandler.newFactory());
        int[] turn = {0};
        new ServerBootstrap()
                .group(loops)
                .channel(uring ? IoUringServerSocketChannel.class : EpollServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 4096)
                .childOption(ChannelOption.AUTO_READ, false)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel client) {
                        int servers = arguments.length - 3;
                        connect(client, uring, Integer.parseInt(arguments[3 + (turn[0]++ & 0xffff) % servers]));
                    }
                })
                .bind("127.0.0.1", Integer.parseInt(arguments[2]))
                .sync()
                .channel()
                .closeFuture()
                .sync();
    }

    private static void connect(Channel client, boolean uring, int port) {
        Relay front = new Relay();
        Relay back = new Relay();
        ChannelFuture attempt = new Bootstrap()
                .group(client.eventLoop())
                .channel(uring ? IoUringSocketChannel.class : EpollSocketChannel.class)
                .option(ChannelOption.AUTO_READ, false)
                .handler(back)
                .connect("127.0.0.1", port);
        front.peer = attempt.channel();
        back.peer = client;
        client.pipeline().addLast(front);
        attempt.addListener(connected -> {
            if (connected.isSuccess()) {
                client.config().setAutoRead(true);
                front.peer.config().setAutoRead(true);
            } else {
                client.close();
            }
        });
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object buffer) {
        peer.write(buffer, peer.voidPromise());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        peer.flush();
        context.channel().config().setAutoRead(peer.isWritable());
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        peer.config().setAutoRead(context.channel().isWritable());
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (peer.isActive()) {
            peer.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close();
    }
}
