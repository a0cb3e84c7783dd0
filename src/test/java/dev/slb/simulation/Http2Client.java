package dev.slb.simulation;

import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;

import java.util.concurrent.TimeUnit;

/** A client of HTTP/2 with one connection, over which it asks as much at once as it may. */
final class Http2Client extends SimulatedClient implements Http2Peer.Side {

    private final Http2Manner manner;
    private final boolean http2Servers;
    private Http2Peer peer;
    private int next;
    private int running;
    private int sentBytes;
    private boolean left;

    /** One request, and the answer that is coming. */
    private static final class Asking {
        final Ask ask;
        final Http2Peer.Stream stream;
        boolean done;
        boolean own;
        boolean trailed;
        int status;
        int which;
        long bodyBytes;

        Asking(Ask ask, Http2Peer.Stream stream) {
            this.ask = ask;
            this.stream = stream;
        }
    }

    /** @param http2Servers whether servers speak it, too: then nothing of an answer is lost on the way */
    Http2Client(
            ClientScript script,
            Http2Manner manner,
            boolean http2Servers,
            Driver driver,
            Network network,
            Ledger ledger) {
        super(script, driver, network, ledger);
        this.manner = manner;
        this.http2Servers = http2Servers;
    }

    @Override
    boolean isCalm() {
        return manner.cancels() == 0 && asks.stream().allMatch(Ask::isCalm);
    }

    @Override
    public void connected() {
        peer = new Http2Peer(script.name(), false, manner, socket, driver, ledger, this);
        if (script.stallMillis() > 0) {
            peer.pause();
            driver.after(TimeUnit.MILLISECONDS.toNanos(script.stallMillis()), peer::resume);
        }
        peer.start();
        askNext();
    }

    @Override
    void finish(String how) {
        if (over) {
            return;
        }
        over = true;
        for (Ask ask : asks) {
            if (ask.outcome.equals("nothing")) {
                ask.outcome = how;
            }
        }
        if (peer != null) {
            peer.close();
        }
    }

    private void askNext() {
        while (!over && !left && next < asks.size() && running < script.atOnce() && peer.mayOpen()) {
            ask(next++);
        }
        if (!over && !left && running == 0 && (next == asks.size() ? script.leavesAt() < 0 : !peer.mayOpen())) {
            leave(ClientScript.Leaving.CLOSE);
        }
    }

    private void ask(int which) {
        Ask ask = asks.get(which);
        running++;
        Http2Peer.Stream stream = peer.open();
        Asking asking = new Asking(ask, stream);
        stream.its = asking;
        stream.lengthOnly = ask.request.isHead();
        ask.headSent = true;
        boolean bodiless = ask.request.bodyLength() == 0;
        ask.wholeSent = bodiless;
        peer.fields(stream, head(ask), bodiless);
        sentBytes += 100;
        if (manner.cancels(which)) {
            driver.after(TimeUnit.MILLISECONDS.toNanos(manner.cancelMillis()), () -> cancel(asking));
        }
        if (leavesNow()) {
            return;
        }
        if (!bodiless) {
            later(() -> sendBody(asking, 0));
        }
    }

    private boolean leavesNow() {
        if (script.leavesAt() >= 0 && sentBytes >= script.leavesAt()) {
            leave(script.leaving());
            return true;
        }
        return false;
    }

    private static Http2Headers head(Ask ask) {
        Ask.Request request = ask.request;
        Http2Headers head = new DefaultHttp2Headers()
                .method(request.method())
                .scheme("http")
                .path("/" + ask.name)
                .authority("shop.example");
        head.add("x-ask", ask.name).add("te", "trailers");
        if (request.expectsContinue()) {
            head.add("expect", "100-continue");
        }
        if (!request.chunked() && request.bodyLength() > 0) {
            head.add("content-length", Integer.toString(request.bodyLength()));
        }
        return head;
    }

    /** Whether a request has trailers. */
    static boolean hasTrailers(Ask.Request request) {
        return request.chunked() && request.bodyLength() % 2 == 1;
    }

    private void sendBody(Asking asking, int sent) {
        Ask ask = asking.ask;
        if (over || left || asking.stream.weReset || asking.stream.theyReset) {
            return;
        }
        int total = ask.request.bodyLength();
        int length = Math.min(total - sent, script.pauseMillis() > 0 ? 1 + total / 3 : 20_000);
        boolean last = sent + length == total;
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = ask.requestByte(sent + i);
        }
        ask.bodySent = sent + length; // what is on its way may be seen
        ask.wholeSent = last;
        Http2Headers trailers =
                last && hasTrailers(ask.request) ? new DefaultHttp2Headers().add("x-trailer", ask.name) : null;
        peer.data(asking.stream, bytes, trailers, last, () -> {
            sentBytes += length;
            if (!leavesNow() && !last) {
                later(() -> sendBody(asking, sent + length));
            }
        });
    }

    private void later(Runnable task) {
        driver.after(TimeUnit.MILLISECONDS.toNanos(script.pauseMillis()), task);
    }

    private void cancel(Asking asking) {
        if (!asking.done && !over && !asking.stream.isOver()) {
            story.say(() -> script.name() + " gives up " + asking.ask.name);
            peer.reset(asking.stream, Http2Peer.CANCEL);
            done(asking, "given up");
        }
    }

    private void done(Asking asking, String outcome) {
        if (!asking.done) {
            asking.done = true;
            asking.ask.ended = true;
            asking.ask.outcome = outcome;
            running--;
            // Not at once: a stream is in the midst of being read.
            driver.after(0, this::askNext);
        }
    }

    private void leave(ClientScript.Leaving how) {
        if (left || over) {
            return;
        }
        left = true;
        story.say(() -> script.name() + " leaves: " + how);
        switch (how) {
            case CLOSE -> {
                peer.goAway(0, Http2Peer.NO_ERROR);
                finish("left");
            }
            case RESET -> {
                peer.resetConnection();
                finish("left");
            }
            case HALF_CLOSE -> peer.shutdownOutput();
        }
    }

    @Override
    public void fields(Http2Peer.Stream stream, Http2Headers fields, boolean end) {
        Asking asking = (Asking) stream.its;
        if (asking.done) {
            return;
        }
        if (asking.status >= 200) {
            trailers(asking, fields);
            ended(asking);
            return;
        }
        Ask ask = asking.ask;
        asking.status = Integer.parseInt(fields.status().toString());
        if (asking.status < 200) {
            story.say(() -> script.name() + " gets " + asking.status + " to " + ask.name);
            return;
        }
        ask.answerBegun = true;
        CharSequence answer = fields.get("x-answer");
        asking.own = answer == null;
        story.say(() -> script.name() + " gets " + asking.status + " to " + ask.name
                + (answer == null ? ", from nobody" : ", from " + answer));
        if (asking.own) {
            if (asking.status < 400) {
                ledger.violated(script.name() + " gets " + asking.status + " to " + ask.name + " from nobody");
            }
        } else {
            String[] parts = answer.toString().split("/");
            asking.which = Integer.parseInt(parts[1]);
            if (!parts[0].equals(ask.name)) {
                ledger.violated(script.name() + " gets the answer to " + parts[0] + " for one to " + ask.name);
                asking.own = true; // nothing more of it can be told
            } else if (ask.behaviour(asking.which).status() != asking.status) {
                ledger.violated(script.name() + " gets " + asking.status + " to " + ask.name + " that nobody has said");
            }
            if (fields.contains("x-trailer")) {
                checkMark(asking, fields);
            }
        }
        if (end) {
            ended(asking);
        }
    }

    private void trailers(Asking asking, Http2Headers fields) {
        if (asking.own) {
            ledger.violated(script.name() + " gets trailers from nobody");
            return;
        }
        checkMark(asking, fields);
    }

    private void checkMark(Asking asking, Http2Headers fields) {
        asking.trailed = true;
        CharSequence mark = fields.get("x-trailer");
        if (mark == null || !mark.toString().equals(asking.ask.name + "/" + asking.which)) {
            ledger.violated(
                    script.name() + " gets trailers to " + asking.ask.name + " that are not its own: " + fields);
        }
    }

    @Override
    public void data(Http2Peer.Stream stream, byte[] bytes, int start, int length, boolean end) {
        Asking asking = (Asking) stream.its;
        if (asking.done) {
            return;
        }
        if (!asking.own) {
            body(asking, bytes, start, length);
        }
        if (end) {
            ended(asking);
        }
    }

    private void body(Asking asking, byte[] bytes, int start, int length) {
        Ask ask = asking.ask;
        for (int i = 0; i < length; i++) {
            if (asking.bodyBytes + i >= ask.behaviour(asking.which).length()) {
                ledger.violated(script.name() + " gets more of the answer to " + ask.name + " than was sent");
                return;
            }
            if (bytes[start + i] != ask.answerByte(asking.which, asking.bodyBytes + i)) {
                ledger.violated(script.name() + " gets another byte " + (asking.bodyBytes + i) + " of the answer to "
                        + ask.name);
                return;
            }
        }
        asking.bodyBytes += length;
    }

    private void ended(Asking asking) {
        Ask ask = asking.ask;
        if (asking.own) {
            done(asking, "own " + asking.status);
        } else {
            Behaviour how = ask.behaviour(asking.which);
            Ask.Reception reception = ask.receptions.get(asking.which);
            boolean bodiless = ask.request.isHead() || !how.hasBody();
            long expected = bodiless ? 0 : Math.min(how.length(), Math.max(0, (long) how.length() + how.lie()));
            if (!bodiless && reception.cutTo >= 0) {
                expected = reception.cutTo;
            }
            boolean lied = http2Servers && !bodiless && how.lie() != 0;
            if (asking.bodyBytes != expected || !bodiless && !reception.answerSentWhole || lied) {
                ledger.violated(script.name() + " takes the answer to " + ask.name + " for whole with "
                        + asking.bodyBytes + " bytes of " + how);
            }
            if (http2Servers && Http2Server.hasTrailers(ask, how) && !asking.trailed) {
                ledger.violated(script.name() + " gets no trailers to " + ask.name);
            }
            done(asking, "answered " + asking.status);
        }
    }

    @Override
    public void streamReset(Http2Peer.Stream stream, long code) {
        Asking asking = (Asking) stream.its;
        if (asking.done) {
            return;
        }
        Ask ask = asking.ask;
        story.say(() -> script.name() + " sees " + ask.name + " reset, " + code);
        if (code != Http2Peer.CANCEL && code != Http2Peer.INTERNAL_ERROR && code != Http2Peer.REFUSED_STREAM) {
            ledger.violated(script.name() + " sees " + ask.name + " reset for error " + code);
        }
        if (code == Http2Peer.REFUSED_STREAM) {
            notBegun(ask);
        }
        done(asking, "reset " + code);
    }

    /** The client may ask that again, whatever it was. */
    private void notBegun(Ask ask) {
        if (ask.receptions.stream().anyMatch(each -> !each.disowned)) {
            ledger.violated(ask.name + " is said not to have been begun, but was");
        }
    }

    @Override
    public void goneAway(int last, long code) {
        story.say(() -> script.name() + " is told to go, after stream " + last);
        for (Http2Peer.Stream each : peer.streams()) {
            Asking asking = (Asking) each.its;
            if (each.id > last && !asking.done) {
                notBegun(asking.ask);
                done(asking, "not taken");
            }
        }
        driver.after(0, this::askNext);
    }

    @Override
    public void closed(boolean byReset) {
        story.say(() -> script.name() + " sees " + (byReset ? "a reset" : "the end"));
        finish(byReset ? "reset" : "closed");
    }

    @Override
    public String toString() {
        return script.name() + (over ? " (over)" : "") + (left ? " (left)" : "") + ", waiting for " + running;
    }
}
