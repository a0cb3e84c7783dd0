package dev.slb.simulation;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** A client of HTTP/1.1 with one connection, over which it asks one thing after the other, or some at once. */
final class Http1Client extends SimulatedClient implements SimulatedSocket.Owner, Http1Reader.Sink {

    private final boolean mustAnswer;
    private final SocketWriter writer = new SocketWriter();
    private final Http1Reader reader = new Http1Reader(this);
    private final byte[] buffer = new byte[8192];
    private final ArrayDeque<Ask> unanswered = new ArrayDeque<>();
    private int next;
    private int sentBytes;
    private boolean sending;
    private boolean left;
    /** An answer has said that it is the last one. */
    private boolean saidClose;

    private boolean reading;

    // The answer that is coming.
    private int which;
    private long bodyBytes;
    private boolean own;
    private int status;

    /** @param mustAnswer whether the listener is there all the time, so that each request gets some answer */
    Http1Client(ClientScript script, Driver driver, Network network, Ledger ledger, boolean mustAnswer) {
        super(script, driver, network, ledger);
        this.mustAnswer = mustAnswer;
    }

    @Override
    boolean isCalm() {
        return asks.stream().allMatch(Ask::isCalm)
                && asks.subList(0, asks.size() - 1).stream().noneMatch(Ask::endsConnection);
    }

    @Override
    public void connected() {
        writer.socket(socket);
        driver.after(TimeUnit.MILLISECONDS.toNanos(script.stallMillis()), () -> {
            reading = true;
            readable();
        });
        socket.owner(this);
        sendNext();
    }

    @Override
    void finish(String how) {
        over = true;
        Ask first = unanswered.peek();
        if (first != null && first.headSent && !first.answerBegun && !left && mustAnswer && !isLast()) {
            ledger.violated(script.name() + " gets no answer to " + first.name + ", only an end: " + how);
        }
        unanswered.forEach(ask -> ask.outcome = how);
        asks.subList(next, asks.size()).forEach(ask -> ask.outcome = "not sent, " + how);
        if (socket != null) {
            socket.close();
        }
    }

    /** Whether nothing need come any more: an answer has said so, or one has broken off, which may be all that ends it. */
    private boolean isLast() {
        return saidClose || asks.stream().anyMatch(each -> each.ended && !each.isCalm());
    }

    private void sendNext() {
        if (over || left || sending || next == asks.size() || unanswered.size() >= script.atOnce()) {
            return;
        }
        Ask ask = asks.get(next++);
        unanswered.add(ask);
        sending = true;
        send(ask, head(ask), 0, -1);
    }

    private static byte[] head(Ask ask) {
        Ask.Request request = ask.request;
        StringBuilder head = new StringBuilder();
        head.append(request.method()).append(" /").append(ask.name).append(" HTTP/1.1\r\nHost: shop.example\r\n");
        head.append("X-Ask: ").append(ask.name).append("\r\n");
        if (request.expectsContinue()) {
            head.append("Expect: 100-continue\r\n");
        }
        if (request.chunked() && request.bodyLength() > 0) {
            head.append("Transfer-Encoding: chunked\r\n");
        } else if (request.bodyLength() > 0 || request.method().equals("POST")) {
            head.append("Content-Length: ").append(request.bodyLength()).append("\r\n");
        }
        return Http1Reader.ascii(head.append("\r\n").toString());
    }

    /** @param body how much of the body was sent before; -1: the head is to be sent */
    private void send(Ask ask, byte[] bytes, int from, int body) {
        if (over || left) {
            return;
        }
        int piece =
                script.pauseMillis() > 0 ? Math.min(bytes.length - from, 1 + bytes.length / 3) : bytes.length - from;
        int room = script.leavesAt() < 0 ? piece : Math.max(0, Math.min(piece, script.leavesAt() - sentBytes));
        boolean last = from + room == bytes.length;
        if (last && body < 0) {
            ask.headSent = true;
        }
        if (body >= 0) {
            ask.bodySent = body; // what is on its way may be seen
        }
        if (last && (body < 0 ? ask.request.bodyLength() == 0 : body == ask.request.bodyLength())) {
            ask.wholeSent = true;
        }
        writer.write(Arrays.copyOfRange(bytes, from, from + room));
        sentBytes += room;
        boolean flushed = writer.flush();
        if (script.leavesAt() >= 0 && sentBytes >= script.leavesAt()) {
            writer.whenWritten(this::leave);
            return;
        }
        if (!flushed) {
            return; // broken: what there is to read tells
        }
        writer.whenWritten(() -> later(() -> {
            if (!last) {
                send(ask, bytes, from + room, body);
            } else {
                sendBody(ask, Math.max(0, body));
            }
        }));
    }

    private void later(Runnable task) {
        if (script.pauseMillis() > 0) {
            driver.after(TimeUnit.MILLISECONDS.toNanos(script.pauseMillis()), task);
        } else {
            task.run();
        }
    }

    private void sendBody(Ask ask, int sent) {
        if (sent == ask.request.bodyLength()) {
            sending = false;
            sendNext();
            return;
        }
        int length = Math.min(ask.request.bodyLength() - sent, 20_000);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (ask.request.chunked()) {
            out.writeBytes(Http1Reader.ascii(Integer.toHexString(length) + "\r\n"));
        }
        for (int i = 0; i < length; i++) {
            out.write(ask.requestByte(sent + i));
        }
        boolean last = sent + length == ask.request.bodyLength();
        if (ask.request.chunked()) {
            out.writeBytes(Http1Reader.ascii(last ? "\r\n0\r\n\r\n" : "\r\n"));
        }
        send(ask, out.toByteArray(), 0, sent + length);
    }

    private void leave() {
        if (left || over) {
            return;
        }
        left = true;
        story.say(() -> script.name() + " leaves: " + script.leaving());
        switch (script.leaving()) {
            case CLOSE -> finish("left");
            case RESET -> {
                socket.reset();
                finish("left");
            }
            case HALF_CLOSE -> {
                try {
                    socket.shutdownOutput();
                } catch (IOException e) {
                    finish("left");
                }
            }
        }
    }

    @Override
    public void writable() {
        writer.flush();
    }

    @Override
    public void readable() {
        if (!reading) {
            return;
        }
        try {
            while (!over) {
                int read = socket.read(buffer, 0, buffer.length);
                if (read == 0) {
                    return;
                }
                if (read < 0) {
                    inputEnded();
                    return;
                }
                reader.read(buffer, 0, read);
            }
        } catch (IOException e) {
            story.say(() -> script.name() + " sees a reset");
            finish("reset");
        }
    }

    private void inputEnded() {
        boolean good = reader.closed();
        story.say(() -> script.name() + " sees the end" + (good ? "" : " within an answer"));
        finish(good ? "closed" : "cut off");
    }

    @Override
    public long head(String start, Http1Reader.Fields fields) {
        status = Integer.parseInt(start.split(" ")[1]);
        Ask ask = unanswered.peek();
        if (ask == null) {
            ledger.violated(script.name() + " gets an answer that it has not asked for: " + start);
            return 0;
        }
        if (status < 200) {
            story.say(() -> script.name() + " gets " + start);
            return 0;
        }
        ask.answerBegun = true;
        bodyBytes = 0;
        saidClose |= fields.all("connection").stream().anyMatch(each -> each.contains("close"));
        String answer = fields.one("x-answer");
        own = answer == null;
        story.say(() ->
                script.name() + " gets " + start + " to " + ask.name + (own ? ", from nobody" : ", from " + answer));
        if (own) {
            ownAnswer(ask);
        } else {
            String[] parts = answer.split("/");
            which = Integer.parseInt(parts[1]);
            if (!parts[0].equals(ask.name)) {
                ledger.violated(script.name() + " gets the answer to " + parts[0] + " for one to " + ask.name);
                own = true; // nothing more of it can be told
            } else if (ask.behaviour(which).status() != status) {
                ledger.violated(script.name() + " gets " + status + " to " + ask.name + " that nobody has said");
            }
        }
        if (ask.request.isHead() || status == 204 || status == 304) {
            return 0;
        }
        return Http1Reader.AS_IT_SAYS;
    }

    private void ownAnswer(Ask ask) {
        ask.outcome = "own " + status;
        if (status < 400) {
            ledger.violated(script.name() + " gets " + status + " to " + ask.name + " from nobody");
        }
    }

    @Override
    public void body(byte[] bytes, int start, int length) {
        Ask ask = unanswered.peek();
        if (ask == null || own) {
            return;
        }
        for (int i = 0; i < length; i++) {
            if (bodyBytes + i >= ask.behaviour(which).length()) {
                ledger.violated(script.name() + " gets more of the answer to " + ask.name + " than was sent");
                return;
            }
            if (bytes[start + i] != ask.answerByte(which, bodyBytes + i)) {
                ledger.violated(
                        script.name() + " gets another byte " + (bodyBytes + i) + " of the answer to " + ask.name);
                return;
            }
        }
        bodyBytes += length;
    }

    @Override
    public void end() {
        if (status < 200) {
            return;
        }
        Ask ask = unanswered.poll();
        if (ask == null) {
            return;
        }
        ask.ended = true;
        if (!own) {
            Behaviour how = ask.behaviour(which);
            ask.outcome = "answered " + status;
            Ask.Reception reception = ask.receptions.get(which);
            boolean bodiless = ask.request.isHead() || !how.hasBody();
            long expected = bodiless ? 0 : Math.min(how.length(), Math.max(0, (long) how.length() + how.lie()));
            if (!bodiless && reception.cutTo >= 0) {
                expected = reception.cutTo;
            }
            if (bodyBytes != expected || !bodiless && !reception.answerSentWhole) {
                ledger.violated(script.name() + " takes the answer to " + ask.name + " for whole with " + bodyBytes
                        + " bytes of " + how);
            }
        }
        if (unanswered.isEmpty() && next == asks.size() && script.leavesAt() < 0) {
            leave();
        } else {
            sendNext();
        }
    }

    @Override
    public void broken(String why) {
        ledger.violated(script.name() + " gets " + why);
        finish("broken");
    }

    @Override
    public String toString() {
        return script.name() + (over ? " (over)" : "") + (left ? " (left)" : "") + ", waiting for " + unanswered;
    }
}
