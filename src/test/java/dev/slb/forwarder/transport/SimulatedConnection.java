package dev.slb.forwarder.transport;

import dev.slb.simulation.SimulatedLoop;
import dev.slb.simulation.SimulatedSocket;
import io.netty.buffer.ByteBuf;
import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;

import java.io.IOException;
import java.net.InetSocketAddress;

/** What the relay has in place of a channel, over a {@link SimulatedSocket}: as that of epoll, told of everything once. */
final class SimulatedConnection extends TcpConnection {

    private static final int READS_PER_TURN = 8;

    private final SimulatedTransport transport;
    private final byte[] buffer;
    private SimulatedSocket socket;
    private boolean aborted;
    private boolean queued;
    private boolean receiving;

    /** @param accepted null: one to connect */
    SimulatedConnection(SimulatedTransport transport, Loop loop, SimulatedSocket accepted) {
        super(loop, accepted != null);
        this.transport = transport;
        this.buffer = transport.scratch();
        this.socket = accepted;
    }

    @Override
    void begin() {
        listen();
    }

    private void listen() {
        socket.owner(new SimulatedSocket.Owner() {
            @Override
            public void readable() {
                tell();
            }

            @Override
            public void writable() {
                io(SimulatedConnection.this::flush);
            }
        });
    }

    private void io(Runnable event) {
        ((SimulatedLoop) loop().eventLoop()).io(() -> {
            if (!closing) {
                guard(event);
            }
        });
    }

    private void tell() {
        if (!queued) {
            queued = true;
            io(() -> {
                queued = false;
                told();
            });
        }
    }

    private void told() {
        if (connecting) {
            return;
        }
        aborted |= socket.isReset() && !socket.isInputEnded();
        receive();
    }

    @Override
    void beginConnecting(InetSocketAddress remote) {
        connecting = true;
        socket = transport.connect(remote, () -> io(this::established), () -> io(this::refused));
    }

    private void established() {
        connecting = false;
        owner.connected();
        if (!closing) {
            listen();
        }
    }

    private void refused() {
        connecting = false;
        owner.notConnected();
    }

    @Override
    void receive() {
        if (receiving || connecting || closing) {
            return;
        }
        receiving = true;
        try {
            for (int i = 0; wantsInput(); i++) {
                if (i == READS_PER_TURN) {
                    tell();
                    return;
                }
                if (!receiveOnce()) {
                    break;
                }
            }
        } catch (IOException e) {
            owner.failed(e);
        } finally {
            receiving = false;
        }
        if (aborted && !wantsInput() && !inputEnded && !closing) {
            owner.failed(new IOException("Connection reset by peer"));
        }
    }

    private boolean receiveOnce() throws IOException {
        ByteBuf in = allocate();
        int length;
        try {
            length = socket.read(buffer, 0, in.capacity());
        } catch (IOException e) {
            in.release();
            throw e;
        }
        if (length > 0) {
            received(in.writeBytes(buffer, 0, length));
            return true;
        }
        in.release();
        if (length < 0) {
            inputEnded = true;
            owner.inputEnded();
        }
        return false;
    }

    @Override
    void send() {
        try {
            while (out != null) {
                int length = Math.min(out.readableBytes(), buffer.length);
                out.getBytes(out.readerIndex(), buffer, 0, length);
                int sent = socket.write(buffer, 0, length);
                if (sent <= 0) {
                    return;
                }
                advance(sent);
            }
        } catch (IOException e) {
            owner.failed(e);
        }
    }

    private void flush() {
        if (out == null) {
            return;
        }
        send();
        if (out == null && !closing) {
            owner.sent();
        }
    }

    @Override
    public void watch() {}

    @Override
    void closeRegistered() {
        closeSocket();
        registration.cancel();
        releaseOutput();
        loop().eventLoop().execute(() -> {
            if (connecting) {
                connecting = false;
                guard(owner::notConnected);
            }
            over();
        });
    }

    @Override
    void setNoDelay() {}

    @Override
    void endOutput() throws IOException {
        socket.shutdownOutput();
    }

    @Override
    void resetOnClose() {
        resets = true;
    }

    private boolean resets;

    @Override
    void closeSocket() {
        if (resets) {
            socket.reset();
        } else if (socket != null) {
            socket.close();
        }
    }

    @Override
    InetSocketAddress remote() {
        return socket.isReset() ? null : socket.remote();
    }

    @Override
    InetSocketAddress local() {
        return socket.local();
    }

    @Override
    long measuredRoundTrip() {
        return -1;
    }

    @Override
    public void handle(IoRegistration ofThis, IoEvent event) {
        throw new UnsupportedOperationException("its socket tells it");
    }
}
