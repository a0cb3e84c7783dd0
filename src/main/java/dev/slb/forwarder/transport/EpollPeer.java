package dev.slb.forwarder.transport;

import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;

import java.io.IOException;
import java.net.InetSocketAddress;

final class EpollPeer extends UnixPeer implements EpollIoHandle {

    private IoRegistration registration;

    EpollPeer(Loop loop, InetSocketAddress address, Receiver receiver) throws IOException {
        super(loop, address, receiver);
        try {
            registration = Transport.register(loop, this);
            registration.submit(EpollIoOps.EPOLLIN);
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    @Override
    public FileDescriptor fd() {
        return socket;
    }

    @Override
    public void handle(IoRegistration ofThis, IoEvent event) {
        readable();
    }

    @Override
    void closeSocket() {
        if (registration != null) {
            registration.cancel();
        }
        super.closeSocket();
    }
}
