package dev.slb.simulation;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** A server of HTTP/1.1 that does with each request what that says. */
final class Http1Server extends SimulatedServer {

    /** @param idleMillis for how long it keeps a connection without a request; 0: for ever */
    Http1Server(
            String name, Driver driver, Network network, Ledger ledger, InetSocketAddress address, long idleMillis) {
        super(name, driver, network, ledger, address, idleMillis);
    }

    @Override
    void accept(SimulatedSocket socket) {
        new Connection(socket);
    }

    private final class Connection implements SimulatedSocket.Owner, Http1Reader.Sink {

        private final SimulatedSocket socket;
        private final SocketWriter writer = new SocketWriter();
        private final Http1Reader reader = new Http1Reader(this);
        private final byte[] buffer = new byte[4096];
        private Ask ask;
        private Ask.Reception reception;
        /** Its answer has begun to be made; it may have ended, too. */
        private boolean answerDue;

        private boolean answering;
        private boolean requestEnded;
        private boolean asked;
        private boolean stopsReading;
        private boolean closesAfter;
        private long idleTurn;

        Connection(SimulatedSocket socket) {
            this.socket = socket;
            writer.socket(socket);
            socket.owner(this);
            idle();
        }

        private void idle() {
            long turn = ++idleTurn;
            if (idleMillis > 0) {
                driver.after(TimeUnit.MILLISECONDS.toNanos(idleMillis), () -> {
                    if (turn == idleTurn && ask == null && !socket.isClosed()) {
                        if (asked) {
                            story.say(() -> name + " closes " + socket + ", which was idle");
                        }
                        socket.close();
                    }
                });
            }
        }

        @Override
        public void readable() {
            try {
                while (!socket.isClosed() && !stopsReading) {
                    int read = socket.read(buffer, 0, buffer.length);
                    if (read == 0) {
                        return;
                    }
                    if (read < 0) {
                        inputEnded();
                        return;
                    }
                    if (!closesAfter || !requestEnded) {
                        reader.read(buffer, 0, read);
                    }
                }
            } catch (IOException e) {
                if (asked) {
                    story.say(() -> name + " sees " + socket + " reset");
                }
                socket.close();
            }
        }

        private void inputEnded() {
            stopsReading = true;
            if (ask == null || !requestEnded) {
                if (asked) {
                    story.say(() -> name + " sees the end of " + socket + (ask == null ? "" : " within " + ask.name));
                }
                socket.close();
            }
        }

        @Override
        public void writable() {
            writer.flush();
        }

        @Override
        public long head(String start, Http1Reader.Fields fields) {
            String[] parts = start.split(" ");
            String called = fields.one("x-ask");
            Ask found = called == null ? null : ledger.ask(called);
            if (parts.length != 3 || !parts[2].equals("HTTP/1.1") || fields.one("host") == null) {
                ledger.violated(name + " got no request of HTTP/1.1: " + start);
                return 0;
            }
            if (called == null && parts[1].equals("/check")) {
                check();
                return 0;
            }
            if (found == null) {
                ledger.violated(name + " got what nobody has asked: " + start);
                return 0;
            }
            if (ask != null) {
                ledger.violated(name + " got " + called + " before " + ask.name + " was answered");
            }
            story.say(() -> name + " gets " + start + " on " + socket);
            ask = found;
            asked = true;
            requestEnded = false;
            answerDue = false;
            reception = ledger.received(found, name, parts[0], parts[1]);
            if (reception.behaviour.early()) {
                answerLater();
            }
            if (!reception.behaviour.reads() && found.request.bodyLength() > 0) {
                stopsReading = true;
                if (!reception.behaviour.early()) {
                    answerLater();
                }
            }
            if (fields.one("expect") != null && reception.behaviour.interims() == 0 && !reception.behaviour.early()) {
                writer.write(Http1Reader.ascii("HTTP/1.1 100 Continue\r\n\r\n"));
                writer.flush();
            }
            boolean none = fields.one("content-length") == null && fields.one("transfer-encoding") == null;
            return none ? 0 : Http1Reader.AS_IT_SAYS;
        }

        private void check() {
            writer.write(Http1Reader.ascii("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
            writer.flush();
        }

        @Override
        public void body(byte[] bytes, int start, int length) {
            if (ask != null) {
                ledger.receivedBody(ask, reception, bytes, start, length);
            }
        }

        @Override
        public void end() {
            if (ask == null) {
                return;
            }
            ledger.receivedEnd(ask, reception);
            requestEnded = true;
            if (!answerDue) {
                answerLater();
            } else {
                goOn();
            }
        }

        @Override
        public void broken(String why) {
            ledger.violated(name + " got " + why);
            socket.close();
        }

        private void answerLater() {
            answering = true;
            answerDue = true;
            Ask mine = ask;
            driver.after(TimeUnit.MILLISECONDS.toNanos(reception.behaviour.delayMillis()), () -> {
                if (!socket.isClosed() && ask == mine) {
                    answer();
                }
            });
        }

        private void answer() {
            Behaviour how = reception.behaviour;
            byte[] bytes = bytes(how);
            int length = how.ending() == Behaviour.Ending.WHOLE ? bytes.length : Math.min(how.endingAt(), bytes.length);
            if (how.ending() == Behaviour.Ending.REFUSED) {
                length = 0;
            }
            int sent = length;
            story.say(
                    () -> name + " sends " + sent + " of the " + bytes.length + " bytes of the answer to " + ask.name);
            reception.answerBegun |= sent > 0;
            reception.answerSentWhole = sent == bytes.length && how.lie() <= 0;
            if (how.ending() == Behaviour.Ending.CLOSED
                    && how.framing() == Behaviour.Framing.CLOSE
                    && how.hasBody()
                    && sent >= bytes.length - how.length()) {
                // Nobody can know that there was to be more.
                reception.answerSentWhole = true;
                reception.cutTo = sent - (bytes.length - how.length());
            }
            send(bytes, 0, sent);
        }

        private void send(byte[] bytes, int from, int end) {
            Behaviour how = reception.behaviour;
            int piece = how.pauseMillis() > 0 ? Math.min(end - from, 1 + (end - 1) / 3) : end - from;
            writer.write(Arrays.copyOfRange(bytes, from, from + piece));
            if (from + piece == end) {
                writer.whenWritten(this::written);
            }
            if (!writer.flush()) {
                return;
            }
            if (from + piece < end) {
                driver.after(TimeUnit.MILLISECONDS.toNanos(how.pauseMillis()), () -> {
                    if (!socket.isClosed()) {
                        send(bytes, from + piece, end);
                    }
                });
            }
        }

        private void written() {
            Behaviour how = reception.behaviour;
            switch (how.ending()) {
                case RESET -> {
                    story.say(() -> name + " resets " + socket);
                    socket.reset();
                }
                case CLOSED, REFUSED -> {
                    story.say(() -> name + " closes " + socket);
                    socket.close();
                }
                case SILENCE -> {
                    story.say(() -> name + " falls silent on " + socket);
                    stopsReading = true;
                }
                case WHOLE -> {
                    closesAfter = how.closes()
                            || how.framing() == Behaviour.Framing.CLOSE && how.hasBody()
                            || how.lie() != 0
                            || stopsReading;
                    answering = false;
                    reception.answerSentWhole = how.lie() <= 0;
                    if (closesAfter) {
                        try {
                            socket.shutdownOutput();
                        } catch (IOException e) {
                            socket.close();
                        }
                        driver.after(TimeUnit.SECONDS.toNanos(2), socket::close);
                    }
                    if (requestEnded) {
                        goOn();
                    }
                }
            }
        }

        /** The request is here and the answer has gone. */
        private void goOn() {
            if (!answering) {
                ask = null;
                reception = null;
                idle();
            }
        }

        private byte[] bytes(Behaviour how) {
            StringBuilder head = new StringBuilder();
            for (int i = 0; i < how.interims(); i++) {
                head.append(
                        i % 2 == 0
                                ? "HTTP/1.1 100 Continue\r\n\r\n"
                                : "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
            }
            int which = ask.receptions.indexOf(reception);
            head.append("HTTP/1.1 ").append(how.status()).append(" Said\r\n");
            head.append("X-Answer: ").append(ask.name).append('/').append(which).append("\r\n");
            if (how.closes()) {
                head.append("Connection: close\r\n");
            }
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            if (!how.hasBody()) {
                out.writeBytes(Http1Reader.ascii(head.append("\r\n").toString()));
                return out.toByteArray();
            }
            byte[] body = new byte[ask.request.isHead() ? 0 : how.length()];
            for (int i = 0; i < body.length; i++) {
                body[i] = ask.answerByte(which, i);
            }
            switch (how.framing()) {
                case LENGTH -> {
                    head.append("Content-Length: ")
                            .append(Math.max(0, how.length() + how.lie()))
                            .append("\r\n\r\n");
                    out.writeBytes(Http1Reader.ascii(head.toString()));
                    out.writeBytes(body);
                }
                case CLOSE -> {
                    out.writeBytes(Http1Reader.ascii(head.append("\r\n").toString()));
                    out.writeBytes(body);
                }
                case CHUNKED -> {
                    out.writeBytes(Http1Reader.ascii(
                            head.append("Transfer-Encoding: chunked\r\n\r\n").toString()));
                    if (!ask.request.isHead()) {
                        int at = 0;
                        while (at < body.length) {
                            int piece = Math.min(body.length - at, 1 + (body.length + at) % 700);
                            out.writeBytes(Http1Reader.ascii(Integer.toHexString(piece) + "\r\n"));
                            out.write(body, at, piece);
                            out.writeBytes(Http1Reader.ascii("\r\n"));
                            at += piece;
                        }
                        out.writeBytes(Http1Reader.ascii("0\r\n\r\n"));
                    }
                }
            }
            return out.toByteArray();
        }
    }
}
