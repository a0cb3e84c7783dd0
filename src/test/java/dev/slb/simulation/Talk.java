package dev.slb.simulation;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
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
     */
    record Script(
            String name,
            long startMillis,
            int there,
            int back,
            boolean serverWaits,
            Ending client,
            Ending server,
            long stallMillis) {

        /** Each that is a step simpler. */
        void simpler(Consumer<Script> candidate) {
            if (there > 0 || back > 0) {
                candidate.accept(Records.with(this, "there", there / 2, "back", back / 2));
            }
            if (stallMillis > 0) {
                candidate.accept(Records.with(this, "stallMillis", 0L));
            }
        }
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
    private final Story story;
    private Side client;
    private Side server;
    private SimulatedSocket connecting;
    private boolean over;
    private int servers;

    Talk(Script script, Driver driver, Network network, Ledger ledger) {
        this.script = script;
        this.driver = driver;
        this.network = network;
        this.ledger = ledger;
        this.story = network.story();
    }

    void start(InetSocketAddress from, InetSocketAddress to) {
        driver.after(TimeUnit.MILLISECONDS.toNanos(script.startMillis()), () -> {
            story.say(() -> script.name() + " connects");
            connecting = network.connect(script.name(), from, to, false, this);
        });
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

    /** Takes connections and finds out which talk each belongs to. */
    static Network.Acceptor acceptor(String name, Driver driver, Ledger ledger, Story story, Map<String, Talk> talks) {
        return socket -> socket.owner(new SimulatedSocket.Owner() {

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
                Talk talk = talks.get(new String(first, StandardCharsets.ISO_8859_1).trim());
                if (talk == null) {
                    ledger.violated(name + " gets what no client sends");
                    socket.close();
                } else {
                    talk.reached(name, socket);
                }
            }

            @Override
            public void writable() {
                // Nothing was written yet.
            }
        });
    }

    private void reached(String name, SimulatedSocket socket) {
        story.say(() -> script.name() + " reaches " + name);
        if (++servers > 1) {
            ledger.violated(script.name() + " reaches a second server, having sent something to the first");
        }
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
            this.ending = isClient ? script.client() : script.server();
            this.toSend = isClient ? NAME_LENGTH + script.there() : script.back();
            this.toGet = isClient ? script.back() : script.there();
        }

        void begin() {
            output = new byte[toSend];
            int header = isClient ? NAME_LENGTH : 0;
            if (isClient) {
                byte[] name = Http1Reader.ascii("%-8s".formatted(script.name()));
                System.arraycopy(name, 0, output, 0, NAME_LENGTH);
            }
            for (int i = header; i < toSend; i++) {
                output[i] = expected(isClient, i - header);
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
