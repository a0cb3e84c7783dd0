package dev.slb.simulation;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A connection on layer 4: the client says who it is, both sides send what they have, and each knows what must come. Whoever sees
 * an end takes what came for everything, so that must be all that was sent; a reset means nothing.
 */
final class Talk implements Network.Attempt {

    /**
     * What both sides do.
     *
     * @param name eight characters at most
     * @param startMillis when the client connects
     * @param there how many bytes the client sends behind its name
     * @param back how many the server sends
     * @param serverWaits whether the server sends only when it has everything
     * @param client how the client ends
     * @param server how the server ends
     * @param stallMillis for how long both read nothing at first
     * @param opening how the client begins; null: with its name
     */
    record Script(
            String name,
            long startMillis,
            int there,
            int back,
            boolean serverWaits,
            Ending client,
            Ending server,
            long stallMillis,
            Opening opening) {

        Script {
            opening = opening == null ? Opening.PLAIN : opening;
        }

        /** Each that is a step simpler. */
        void simpler(Consumer<Script> candidate) {
            if (there > 0 || back > 0) {
                candidate.accept(Records.with(this, "there", there / 2, "back", back / 2));
            }
            if (stallMillis > 0) {
                candidate.accept(Records.with(this, "stallMillis", 0L));
            }
            Records.towards(Opening.PLAIN, opening, each -> candidate.accept(Records.with(this, "opening", each)));
        }
    }

    /**
     * Who the client is, and what it says ahead of everything else.
     *
     * @param address the last number of its address, which it may share with others
     * @param header where the listener wants one
     * @param extensions bytes of them in the header
     */
    record Opening(int address, ProxyHeaders.Kind header, int extensions) {

        static final Opening PLAIN = new Opening(1, ProxyHeaders.Kind.NONE, 0);
    }

    /** How a side ends, having sent what it has. */
    enum Ending {
        /** It ends its output, and reads on to the end. */
        FINISHES,
        /** It closes when it has read to the end. */
        WAITS,
        /** It closes at once. */
        CLOSES,
        /** It breaks the connection at once. */
        RESETS
    }

    static final int NAME_LENGTH = 8;

    private final Script script;
    private final Driver driver;
    private final Network network;
    private final Ledger ledger;
    private final Talks all;
    private final Story story;
    private final byte[] header;
    private Side client;
    private Side server;
    private SimulatedSocket connecting;
    private boolean over;
    private long begun;
    private int servers;
    private String reached;
    private long lastWrite;

    Talk(Script script, Driver driver, Network network, Ledger ledger, Talks all) {
        this.script = script;
        this.all = all;
        this.header = all.acceptsProxy()
                ? ProxyHeaders.write(
                        script.opening().header(), named(), script.opening().extensions())
                : new byte[0];
        this.driver = driver;
        this.network = network;
        this.ledger = ledger;
        this.story = network.story();
    }

    void start(InetSocketAddress from, InetSocketAddress to) {
        driver.after(TimeUnit.MILLISECONDS.toNanos(script.startMillis()), () -> {
            story.say(() -> script.name() + " connects");
            begun = driver.nanoTime();
            connecting = network.connect(script.name(), from, to, false, this);
        });
    }

    private int number() {
        return Integer.parseInt(script.name().substring(1));
    }

    ProxyHeaders.Named named() {
        byte[] client = {(byte) 192, 0, 2, (byte) script.opening().address()};
        byte[] destination = {(byte) 198, 51, 100, 1};
        try {
            return new ProxyHeaders.Named(
                    new InetSocketAddress(InetAddress.getByAddress(client), 1_000 + number()),
                    new InetSocketAddress(InetAddress.getByAddress(destination), 443));
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Where it comes from. */
    InetSocketAddress source() {
        boolean trusted = script.opening().header() != ProxyHeaders.Kind.UNTRUSTED;
        byte[] address = {
            10, (byte) (trusted ? 1 : 9), 2, (byte) script.opening().address()
        };
        try {
            return new InetSocketAddress(InetAddress.getByAddress(address), 40_000 + number());
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Who its client is for the forwarder. */
    InetSocketAddress client() {
        return all.acceptsProxy() && script.opening().header().isNaming() ? named().client() : source();
    }

    /** Whether it must be turned away for what it says first. */
    boolean isDoomed() {
        return all.acceptsProxy() && !script.opening().header().isGood();
    }

    Script script() {
        return script;
    }

    /** The server that it has got to; null: none. */
    String reached() {
        return reached;
    }

    /** When its client began to connect. */
    long begun() {
        return begun;
    }

    /** When something was sent last, by either side. */
    long lastWrite() {
        return lastWrite;
    }

    /** Whether the forwarder has it, as far as its client's connection tells. */
    boolean isHeld() {
        return reached != null && connecting != null && !connecting.isPeerClosed();
    }

    boolean isOver() {
        return over && (server == null || server.isOver());
    }

    @Override
    public void connected() {
        client = new Side(connecting, true);
        client.begin();
    }

    @Override
    public void refused() {
        story.say(() -> script.name() + " is refused");
        over = true;
    }

    /** Has a connection and finds out which talk it belongs to. */
    static void accept(String name, SimulatedSocket socket, ProxyHeaders.Named named, Talks all) {
        socket.owner(new SimulatedSocket.Owner() {

            private final byte[] first = new byte[NAME_LENGTH];
            private int read;

            @Override
            public void readable() {
                try {
                    while (read < NAME_LENGTH) {
                        int more = socket.read(first, read, NAME_LENGTH - read);
                        if (more == 0) {
                            return;
                        }
                        if (more < 0) {
                            socket.close();
                            return;
                        }
                        read += more;
                    }
                } catch (IOException e) {
                    socket.close();
                    return;
                }
                Talk talk = all.named(new String(first, StandardCharsets.ISO_8859_1).trim());
                if (talk == null) {
                    all.ledger().violated(name + " gets what no client sends");
                    socket.close();
                } else {
                    talk.reached(name, socket, named);
                }
            }

            @Override
            public void writable() {
                // Nothing was written yet.
            }
        });
    }

    private void reached(String name, SimulatedSocket socket, ProxyHeaders.Named named) {
        story.say(() -> script.name() + " reaches " + name);
        if (++servers > 1) {
            ledger.violated(script.name() + " reaches a second server, having sent something to the first");
        }
        reached = name;
        all.reached(this, named);
        server = new Side(socket, false);
        server.begin();
    }

    private static byte expected(boolean fromClient, int index) {
        return (byte) (fromClient ? 'a' + index % 23 : 'A' + index % 19);
    }

    /** One of both. */
    private final class Side implements SimulatedSocket.Owner {

        private final SimulatedSocket socket;
        private final boolean isClient;
        private final Ending ending;
        private final int toSend;
        private final int toGet;
        private final byte[] buffer = new byte[4096];
        private byte[] output;
        private int sent;
        private int got;
        private boolean sentAll;
        private boolean finished;
        private boolean inputEnded;
        private boolean reads;

        Side(SimulatedSocket socket, boolean isClient) {
            this.socket = socket;
            this.isClient = isClient;
            ProxyHeaders.Kind opening = all.acceptsProxy() ? script.opening().header() : ProxyHeaders.Kind.NONE;
            boolean stops = opening == ProxyHeaders.Kind.CUT || opening == ProxyHeaders.Kind.SLOW;
            this.ending = !isClient
                    ? script.server()
                    : opening == ProxyHeaders.Kind.CUT
                            ? Ending.FINISHES
                            : opening == ProxyHeaders.Kind.SLOW ? Ending.WAITS : script.client();
            this.toSend = !isClient ? script.back() : header.length + (stops ? 0 : NAME_LENGTH + script.there());
            this.toGet = isClient ? script.back() : script.there();
        }

        void begin() {
            output = new byte[toSend];
            int start = isClient ? header.length + NAME_LENGTH : 0;
            if (isClient) {
                byte[] name = Http1Reader.ascii("%-8s".formatted(script.name()));
                System.arraycopy(header, 0, output, 0, header.length);
                System.arraycopy(name, 0, output, header.length, toSend == header.length ? 0 : NAME_LENGTH);
            }
            for (int i = start; i < toSend; i++) {
                output[i] = expected(isClient, i - start);
            }
            socket.owner(this);
            driver.after(TimeUnit.MILLISECONDS.toNanos(script.stallMillis()), () -> {
                reads = true;
                readable();
            });
            if (isClient || !script.serverWaits()) {
                send();
            }
        }

        boolean isOver() {
            return socket.isClosed();
        }

        private void close(String how) {
            story.say(() -> this + " " + how);
            socket.close();
            if (isClient) {
                over = true;
            }
        }

        private void send() {
            try {
                while (sent < toSend && !socket.isClosed()) {
                    int taken = socket.write(output, sent, toSend - sent);
                    if (taken == 0) {
                        return;
                    }
                    sent += taken;
                    lastWrite = driver.nanoTime();
                }
            } catch (IOException e) {
                if (inputEnded) { // else reading tells
                    close("is broken");
                }
                return;
            }
            if (sentAll || socket.isClosed()) {
                return;
            }
            sentAll = true;
            switch (ending) {
                case FINISHES -> {
                    try {
                        story.say(() -> this + " ends its output");
                        socket.shutdownOutput();
                        finished = true;
                    } catch (IOException e) {
                        close("is broken");
                        return;
                    }
                    closeWhenBothEnded();
                }
                case CLOSES -> {
                    finished = true;
                    close("closes");
                }
                case RESETS -> {
                    story.say(() -> this + " resets");
                    socket.reset();
                    if (isClient) {
                        over = true;
                    }
                }
                case WAITS -> {
                    finished = true;
                    closeWhenBothEnded();
                }
            }
        }

        private void closeWhenBothEnded() {
            if (inputEnded && sentAll) {
                close("closes");
            }
        }

        @Override
        public void writable() {
            if (isClient || !script.serverWaits() || inputEnded) {
                send();
            }
        }

        @Override
        public void readable() {
            if (!reads) {
                return;
            }
            try {
                while (!socket.isClosed() && !inputEnded) {
                    int read = socket.read(buffer, 0, buffer.length);
                    if (read == 0) {
                        return;
                    }
                    if (read < 0) {
                        inputEnded();
                        return;
                    }
                    check(read);
                }
            } catch (IOException e) {
                close("sees a reset");
                Side other = isClient ? server : client;
                if (other == null || !other.socket.isClosed()) {
                    all.isReset(Talk.this, isClient);
                }
            }
        }

        private void check(int read) {
            for (int i = 0; i < read; i++) {
                if (got + i >= toGet || buffer[i] != expected(!isClient, got + i)) {
                    ledger.violated(this + " gets another byte " + (got + i) + " than was sent");
                    socket.close();
                    return;
                }
            }
            got += read;
            all.moved(read, !isClient);
        }

        private void inputEnded() {
            inputEnded = true;
            story.say(() -> this + " sees the end after " + got + " bytes");
            Side other = isClient ? server : client;
            if (other == null && got == 0 && isClient) {
                ledger.violated(this + " sees an end, but no server has ended");
            } else if (other != null && (got < toGet || !other.finished)) {
                ledger.violated(this + " takes " + got + " of " + toGet + " bytes for everything");
            }
            if (!isClient && script.serverWaits()) {
                send();
            }
            closeWhenBothEnded();
        }

        @Override
        public String toString() {
            return script.name() + (isClient ? "'s client" : "'s server");
        }
    }

    @Override
    public String toString() {
        return script + (client == null ? ", not connected" : "");
    }
}
