package dev.slb.simulation;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One that asks over one connection, whatever it speaks. */
abstract class SimulatedClient implements Network.Attempt {

    final ClientScript script;
    final List<Ask> asks;
    final Driver driver;
    final Ledger ledger;
    final Story story;
    SimulatedSocket socket;
    boolean over;
    private byte[] opening = {};

    private final Network network;

    SimulatedClient(ClientScript script, Driver driver, Network network, Ledger ledger) {
        this.script = script;
        this.driver = driver;
        this.network = network;
        this.ledger = ledger;
        this.story = network.story();
        this.asks = script.asks().stream().map(Ask::new).toList();
        asks.forEach(ledger::add);
    }

    final void start(InetSocketAddress from, InetSocketAddress to) {
        driver.after(TimeUnit.MILLISECONDS.toNanos(script.startMillis()), () -> {
            story.say(() -> script.name() + " connects");
            socket = network.connect(script.name(), from, to, false, new Network.Attempt() {
                @Override
                public void connected() {
                    open();
                }

                @Override
                public void refused() {
                    SimulatedClient.this.refused();
                }
            });
        });
    }

    /** What it says ahead of everything else: the header of a proxy. */
    final void opening(byte[] bytes) {
        opening = bytes;
    }

    private void open() {
        try {
            socket.write(opening, 0, opening.length);
        } catch (IOException e) {
            story.say(() -> script.name() + " is turned away"); // reading tells it
        }
        connected();
    }

    @Override
    public final void refused() {
        story.say(() -> script.name() + " is refused");
        finish("refused");
    }

    /** Nothing more will come of it. */
    abstract void finish(String how);

    /** Whether nothing more will come of it. */
    final boolean isOver() {
        return over;
    }

    /** Whether nothing goes wrong for it by itself, and it is not too slow. */
    abstract boolean isCalm();

    /** Every one of its requests is answered by a server. */
    final void checkAllAnswered() {
        for (Ask ask : asks) {
            if (!ask.outcome.startsWith("answered")) {
                ledger.violated(ask.name + " has no answer though nothing was in its way: " + ask.outcome);
            }
        }
    }
}
