package dev.slb.forwarder.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.channel.uring.IoUringTcpInfo;

/** Asks the kernel for round-trip times, a system call each. To be used on one event loop. */
public final class RoundTrip {

    private EpollTcpInfo epollInfo;
    private IoUringTcpInfo uringInfo;

    /** The round-trip time of this connection in microseconds, -1 when it is not known: NIO does not tell. */
    public long micros(Channel channel) {
        if (!channel.isOpen()) {
            return -1;
        }
        try {
            if (channel instanceof EpollSocketChannel epoll) {
                epollInfo = epollInfo == null ? new EpollTcpInfo() : epollInfo;
                epoll.tcpInfo(epollInfo);
                return epollInfo.rtt();
            }
            if (channel instanceof IoUringSocketChannel uring) {
                uringInfo = uringInfo == null ? new IoUringTcpInfo() : uringInfo;
                uring.tcpInfo(uringInfo);
                return uringInfo.rtt();
            }
        } catch (ChannelException e) {
            return -1; // broken meanwhile
        }
        return -1;
    }
}
