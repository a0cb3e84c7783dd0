package dev.slb.simulation;

import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;

import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** A server of HTTP/2 with prior knowledge that does with each request what that says. */
final class Http2Server extends SimulatedServer {

    /** About so many bytes of an answer are its head: what {@link Behaviour#endingAt} counts with. */
    private static final int HEAD_BYTES = 60;

    private final Http2Manner manner;

    /** @param idleMillis for how long it keeps a connection without a request; 0: for ever */
    Http2Server(
            String name,
            Driver driver,
            Network network,
            Ledger ledger,
            InetSocketAddress address,
            long idleMillis,
            Http2Manner manner) {
        super(name, driver, network, ledger, address, idleMillis);
        this.manner = manner;
    }

    @Override
    void accept(SimulatedSocket socket) {
        new Connection(socket).start();
    }

    /** Whether an answer has trailers: what of HTTP/1 would be one in chunks may. */
    static boolean hasTrailers(Ask ask, Behaviour how) {
        return how.framing() == Behaviour.Framing.CHUNKED
                && how.hasBody()
                && !ask.request.isHead()
                && how.length() % 2 == 1;
    }

    /** Whether all of it is one frame, as gRPC has it for errors. */
    static boolean isTrailersOnly(Ask ask, Behaviour how) {
        return !how.hasBody() || ask.request.isHead() || how.length() == 0 && how.endingAt() % 2 == 0;
    }

    /** One request. */
    private final class Served {
        final Ask ask;
        final Ask.Reception reception;
        final Http2Peer.Stream stream;
        boolean requestEnded;
        boolean answerDue;
        boolean done;

        Served(Ask ask, Ask.Reception reception, Http2Peer.Stream stream) {
            this.ask = ask;
            this.reception = reception;
            this.stream = stream;
        }
    }

    private final class Connection implements Http2Peer.Side {

        private final SimulatedSocket socket;
        private final Http2Peer peer;
        private boolean leaving;
        private long idleTurn;

        Connection(SimulatedSocket socket) {
            this.socket = socket;
            this.peer = new Http2Peer(name, true, manner, socket, driver, ledger, this);
        }

        void start() {
            peer.start();
            idle();
        }

        private void idle() {
            long turn = ++idleTurn;
            if (idleMillis > 0 && !leaving) {
                driver.after(TimeUnit.MILLISECONDS.toNanos(idleMillis), () -> {
                    if (turn == idleTurn && !peer.hasOpenStreams() && !peer.isClosed()) {
                        story.say(() -> name + " goes away from " + socket + ", which was idle");
                        leave(peer.lastOpened());
                    }
                });
            }
        }

        /** Takes no more streams than those up to this, and closes when they are over. */
        private void leave(int last) {
            if (!leaving) {
                leaving = true;
                peer.goAway(last, Http2Peer.NO_ERROR);
                closeWhenDone();
            }
        }

        private void closeWhenDone() {
            if (leaving && !peer.hasOpenStreams()) {
                driver.after(TimeUnit.MILLISECONDS.toNanos(1_000), peer::close);
            }
        }

        @Override
        public void fields(Http2Peer.Stream stream, Http2Headers fields, boolean end) {
            if (stream.its instanceof Served served) {
                trailers(served, fields);
                return;
            }
            idleTurn++;
            String method = fields.method().toString();
            String target = fields.path().toString();
            CharSequence called = fields.get("x-ask");
            Ask ask = called == null ? null : ledger.ask(called.toString());
            if (called == null && target.equals("/check")) {
                peer.fields(stream, new DefaultHttp2Headers().status("200"), true);
                return;
            }
            if (ask == null) {
                ledger.violated(name + " got what nobody has asked: " + method + " " + target);
                return;
            }
            story.say(() -> name + " gets " + method + " " + target + " on " + socket + ", stream " + stream.id);
            if (!"shop.example".contentEquals(fields.authority()) || !"http".contentEquals(fields.scheme())) {
                ledger.violated(name + " got " + ask.name + " for " + fields.authority());
            }
            Ask.Reception reception = ledger.received(ask, name, method, target);
            Served served = new Served(ask, reception, stream);
            stream.its = served;
            Behaviour how = reception.behaviour;
            if (!how.reads() && ask.request.bodyLength() > 0) {
                stream.unread = true;
            }
            if (how.early() || stream.unread) {
                answerLater(served);
            }
            if (end) {
                requestEnded(served);
            } else if (fields.contains("expect") && how.interims() == 0 && !how.early()) {
                peer.fields(stream, new DefaultHttp2Headers().status("100"), false);
            }
        }

        private void trailers(Served served, Http2Headers fields) {
            CharSequence mark = fields.get("x-trailer");
            if (mark == null || !served.ask.name.contentEquals(mark)) {
                ledger.violated(name + " got trailers of " + served.ask.name + " that are not its own: " + fields);
            }
            requestEnded(served);
        }

        private void requestEnded(Served served) {
            served.requestEnded = true;
            ledger.receivedEnd(served.ask, served.reception);
            if (!served.answerDue) {
                answerLater(served);
            }
        }

        @Override
        public void data(Http2Peer.Stream stream, byte[] bytes, int start, int length, boolean end) {
            if (stream.its instanceof Served served) {
                ledger.receivedBody(served.ask, served.reception, bytes, start, length);
                if (end) {
                    requestEnded(served);
                }
            }
        }

        private void answerLater(Served served) {
            served.answerDue = true;
            driver.after(TimeUnit.MILLISECONDS.toNanos(served.reception.behaviour.delayMillis()), () -> {
                if (!peer.isClosed() && !served.stream.isOver() && !served.done) {
                    answer(served);
                }
            });
        }

        private void answer(Served served) {
            Ask ask = served.ask;
            Behaviour how = served.reception.behaviour;
            boolean whole = how.ending() == Behaviour.Ending.WHOLE;
            if (how.ending() == Behaviour.Ending.REFUSED || !whole && how.endingAt() < HEAD_BYTES / 2) {
                broken(served);
                return;
            }
            int which = ask.receptions.indexOf(served.reception);
            served.reception.answerBegun = true;
            for (int i = 0; i < how.interims(); i++) {
                Http2Headers interim = new DefaultHttp2Headers().status(i % 2 == 0 ? "100" : "103");
                if (i % 2 == 1) {
                    interim.add("link", "</a>");
                }
                peer.fields(served.stream, interim, false);
            }
            Http2Headers head = new DefaultHttp2Headers().status(Integer.toString(how.status()));
            head.add("x-answer", ask.name + "/" + which);
            boolean only = isTrailersOnly(ask, how) && whole;
            if (how.framing() == Behaviour.Framing.LENGTH && how.hasBody()) {
                head.add("content-length", Integer.toString(Math.max(0, how.length() + how.lie())));
            }
            if (hasTrailers(ask, how) && only) {
                head.add("x-trailer", ask.name + "/" + which);
            }
            served.reception.answerSentWhole = whole && how.lie() <= 0;
            peer.fields(served.stream, head, only);
            int length = how.hasBody() && !ask.request.isHead() ? how.length() : 0;
            int sent = whole ? length : Math.min(length, Math.max(0, how.endingAt() - HEAD_BYTES));
            if (how.framing() == Behaviour.Framing.LENGTH && sent == length && how.lie() <= 0) {
                served.reception.answerSentWhole = true; // its length says so, whatever follows
            }
            story.say(() -> name + " sends " + sent + " of the " + length + " bytes of the answer to " + ask.name);
            if (only) {
                finished(served);
                return;
            }
            byte[] body = new byte[sent];
            for (int i = 0; i < sent; i++) {
                body[i] = ask.answerByte(which, i);
            }
            send(served, body, 0, which);
        }

        private void send(Served served, byte[] body, int from, int which) {
            Behaviour how = served.reception.behaviour;
            int piece = how.pauseMillis() > 0 ? Math.min(body.length - from, 1 + body.length / 3) : body.length - from;
            byte[] bytes = Arrays.copyOfRange(body, from, from + piece);
            boolean last = from + piece == body.length;
            boolean whole = last && how.ending() == Behaviour.Ending.WHOLE;
            Http2Headers trailers = whole && hasTrailers(served.ask, how)
                    ? new DefaultHttp2Headers().add("x-trailer", served.ask.name + "/" + which)
                    : null;
            Runnable sent = () -> sent(served, body, from + piece, which, last);
            if (bytes.length == 0 && !whole) {
                sent.run();
            } else {
                peer.data(served.stream, bytes, trailers, whole, sent);
            }
        }

        private void sent(Served served, byte[] body, int next, int which, boolean last) {
            if (last && served.reception.behaviour.ending() == Behaviour.Ending.WHOLE) {
                finished(served);
                return;
            }
            driver.after(TimeUnit.MILLISECONDS.toNanos(served.reception.behaviour.pauseMillis()), () -> {
                if (peer.isClosed() || served.stream.isOver()) {
                    return;
                }
                if (last) {
                    broken(served);
                } else {
                    send(served, body, next, which);
                }
            });
        }

        /** The answer has gone. */
        private void finished(Served served) {
            served.done = true;
            Behaviour how = served.reception.behaviour;
            if (!served.requestEnded && served.stream.id % 3 == 1) {
                peer.reset(served.stream, Http2Peer.NO_ERROR);
            }
            if (how.closes()) {
                story.say(() -> name + " goes away from " + socket);
                disownBeyond(peer.lastOpened());
                leave(peer.lastOpened());
            }
            over();
        }

        private void over() {
            if (!peer.hasOpenStreams()) {
                idle();
            }
            closeWhenDone();
        }

        /** Says that none beyond this was begun with; those that are here are not. */
        private void disownBeyond(int last) {
            for (Http2Peer.Stream each : peer.streams()) {
                if (each.id > last && each.its instanceof Served served) {
                    served.reception.disowned = true;
                    served.done = true;
                }
            }
        }

        /** It ends in the way that it is to end in when not in the right one. */
        private void broken(Served served) {
            served.done = true;
            Behaviour how = served.reception.behaviour;
            Http2Peer.Stream stream = served.stream;
            boolean all = how.endingAt() % 2 == 1;
            switch (how.ending()) {
                case REFUSED -> {
                    story.say(() -> name + " refuses " + served.ask.name);
                    served.reception.disowned = true;
                    peer.reset(stream, Http2Peer.REFUSED_STREAM);
                    over();
                }
                case RESET -> {
                    story.say(() -> name + " resets " + (all ? "" : "stream " + stream.id + " of ") + socket);
                    if (all) {
                        peer.resetConnection();
                    } else {
                        peer.reset(stream, how.endingAt() % 4 == 0 ? Http2Peer.CANCEL : Http2Peer.INTERNAL_ERROR);
                        over();
                    }
                }
                case CLOSED -> {
                    story.say(() -> name + " closes " + socket + (all ? "" : ", going away"));
                    if (!all) {
                        peer.goAway(stream.id, Http2Peer.NO_ERROR);
                        disownBeyond(stream.id);
                    }
                    leaving = true;
                    peer.close();
                }
                case SILENCE -> {
                    story.say(() -> name + " falls silent on " + (all ? "" : "stream " + stream.id + " of ") + socket);
                    if (all) {
                        peer.fallSilent();
                    }
                }
                case WHOLE -> throw new IllegalStateException("nothing is broken");
            }
        }

        @Override
        public void streamReset(Http2Peer.Stream stream, long code) {
            if (stream.its instanceof Served served) {
                story.say(() -> name + " sees " + served.ask.name + " given up, " + code);
                boolean lies = served.reception.behaviour.lie() != 0;
                if (code != Http2Peer.NO_ERROR && code != Http2Peer.CANCEL && !(lies && code == 1)) {
                    ledger.violated(name + " sees " + served.ask.name + " given up for error " + code);
                }
                served.done = true;
            }
            over();
        }

        @Override
        public void goneAway(int last, long code) {}

        @Override
        public void closed(boolean byReset) {
            idleTurn++;
        }
    }
}
