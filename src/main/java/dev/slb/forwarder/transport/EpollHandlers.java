package dev.slb.forwarder.transport;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.List;

/**
 * Netty's epoll with what a socket waits for told to the kernel once per turn of the loop, right before it waits, and not
 * on each change. Setting up, half-closing or slowing down a connection changes that several times within a turn: of the
 * ten calls of {@code epoll_ctl} for a short relayed connection about half are left. Since channels use epoll
 * level-triggered, telling it later misses nothing; an edge-triggered {@link EpollConnection} tells it once, and is told what is
 * there by then.
 *
 * <p>It also avoids a fault: since netty#16689 a socket that waits for nothing is taken out of epoll, but when it then
 * waits for something again, Netty modifies the entry that is no longer there, and the connection is closed with "No such
 * file or directory". That is every half-closed connection whose other direction stalls. So such a socket stays in epoll,
 * edge-triggered: an error is reported once, and nothing else.
 */
final class EpollHandlers {

    private static final Logger LOG = LoggerFactory.getLogger(EpollHandlers.class);

    private EpollHandlers() {}

    static IoHandlerFactory newFactory() {
        IoHandlerFactory epoll = EpollIoHandler.newFactory();
        PacedLog log = new PacedLog(LOG, 1);
        return executor -> new Handler(epoll.newHandler(executor), log);
    }

    private static final class Handler implements IoHandler {

        private final IoHandler epoll;
        private final PacedLog log;
        /** Registrations whose wishes have changed in this turn. */
        private final List<Registration> changed = new ArrayList<>();

        Handler(IoHandler epoll, PacedLog log) {
            this.epoll = epoll;
            this.log = log;
        }

        @Override
        public int run(IoHandlerContext context) {
            for (int i = 0; i < changed.size(); i++) { // telling one may close its channel, which may change others
                changed.get(i).tell();
            }
            changed.clear();
            return epoll.run(context);
        }

        @Override
        public IoRegistration register(IoHandle handle) throws Exception {
            return new Registration(this, handle, epoll.register(handle));
        }

        @Override
        public void initialize() {
            epoll.initialize();
        }

        @Override
        public void prepareToDestroy() {
            epoll.prepareToDestroy();
        }

        @Override
        public void destroy() {
            epoll.destroy();
        }

        @Override
        public void wakeup() {
            epoll.wakeup();
        }

        @Override
        public boolean isCompatible(Class<? extends IoHandle> handleType) {
            return epoll.isCompatible(handleType);
        }
    }

    private static final class Registration implements IoRegistration {

        private final Handler handler;
        private final IoHandle handle;
        private final IoRegistration epoll;
        private IoOps wanted;
        private IoOps told;
        private boolean queued;

        Registration(Handler handler, IoHandle handle, IoRegistration epoll) {
            this.handler = handler;
            this.handle = handle;
            this.epoll = epoll;
        }

        @Override
        public <T> T attachment() {
            return epoll.attachment();
        }

        @Override
        public long submit(IoOps ops) {
            if (!epoll.isValid()) {
                return -1;
            }
            wanted = ops;
            if (!queued) {
                queued = true;
                handler.changed.add(this);
            }
            return ((EpollIoOps) ops).value();
        }

        void tell() {
            queued = false;
            if (epoll.isValid() && !wanted.equals(told) && !tell(wanted)) {
                close();
            }
        }

        private boolean tell(IoOps ops) {
            told = ops;
            try {
                epoll.submit(ops.equals(EpollIoOps.NONE) ? EpollIoOps.EPOLLET : ops);
                return true;
            } catch (RuntimeException e) {
                handler.log.warn("epoll does not take a socket: {}", e);
                return false;
            }
        }

        private void close() {
            try {
                handle.close();
            } catch (Exception e) {
                handler.log.warn("can't close a socket that epoll does not take: {}", e);
            }
        }

        @Override
        public boolean isValid() {
            return epoll.isValid();
        }

        @Override
        public boolean cancel() {
            if (told == null && epoll.isValid() && ((EpollIoHandle) handle).fd().isOpen()) {
                tell(EpollIoOps.NONE); // Netty removes it from epoll, which complains when it was never added
            }
            return epoll.cancel();
        }
    }
}
