package dev.slb.fuzz;

import dev.slb.forwarder.l7.head.AnswerRepair;
import dev.slb.forwarder.l7.head.Body;
import dev.slb.forwarder.l7.head.Head;
import dev.slb.forwarder.l7.head.HeadEnd;
import dev.slb.forwarder.l7.head.HeadWriter;
import dev.slb.forwarder.l7.head.Refusal;
import dev.slb.forwarder.l7.head.RequestHead;
import dev.slb.forwarder.l7.head.ResponseHead;
import dev.slb.forwarder.l7.rewrite.ForwardedHeaders;
import dev.slb.forwarder.l7.rewrite.Rewriting;
import dev.slb.forwarder.table.Endpoints;
import dev.slb.plan.Action;
import dev.slb.plan.DocumentId;
import dev.slb.plan.DrainPlan;
import dev.slb.plan.ForwardedPlan;
import dev.slb.plan.FrontendPlan;
import dev.slb.plan.HttpPlan;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.ListenerProtocol;
import dev.slb.plan.RoutingPlan;
import dev.slb.plan.TimeoutsPlan;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * What becomes of the message of HTTP/1 that some bytes begin with, which come in pieces, as connections read them.
 *
 * @param refusal null when it is good as far as it is here
 * @param first as in {@link OtherReader}; null without a whole head
 * @param fields likewise
 * @param head as it goes out
 * @param body as it goes out: the rest of the message so far
 * @param repaired whether its head was not in order, and {@code fields} are what was made of it
 * @param taken how many of the bytes belong to it
 * @param ended whether all of it is here
 */
record Message(
        Refusal refusal,
        String first,
        List<String> fields,
        boolean repaired,
        String head,
        String body,
        int taken,
        boolean ended) {

    static final int MAX_HEAD = 2048;
    static final int MAX_TARGET = 256;

    private static final ForwardedHeaders.OfConnection FORWARDED = ForwardedHeaders.of(new ListenerPlan(
                    DocumentId.listener("shop", "web"),
                    DocumentId.loadBalancer("shop", "shop"),
                    new FrontendPlan(ListenerProtocol.HTTP, 80, 10001, null),
                    new RoutingPlan(new Action.Unavailable("x"), List.of()),
                    new TimeoutsPlan(1, 1, 1, 1, null),
                    new DrainPlan(0, false),
                    new HttpPlan(
                            0,
                            MAX_TARGET,
                            MAX_HEAD,
                            new ForwardedPlan(
                                    ForwardedPlan.XForwardedFor.NONE,
                                    List.of(),
                                    false,
                                    false,
                                    false,
                                    null,
                                    false,
                                    false),
                            false,
                            null)))
            .of(
                    Endpoints.of(
                            new InetSocketAddress("192.0.2.7", 40001), new InetSocketAddress("198.51.100.1", 10001)),
                    null);

    static Message request(byte[] bytes, int[] cuts) {
        RequestHead head = new RequestHead().maxTargetBytes(MAX_TARGET);
        Scan scan = in -> head.scan(in, MAX_HEAD) == Head.State.COMPLETE ? in : null;
        return read(head, scan, bytes, cuts, MAX_HEAD, RequestHead.MAX_METHOD_BYTES + 1 + MAX_TARGET, body -> {
            if (head.isChunked()) {
                body.chunked(head);
            } else {
                body.length(Math.max(0, head.contentLength()));
            }
        });
    }

    static Message answer(byte[] bytes, int[] cuts) {
        ResponseHead head = new ResponseHead();
        HeadWriter writer = new HeadWriter();
        Scan scan = in -> AnswerRepair.scan(head, in, false, writer);
        return read(head, scan, bytes, cuts, ResponseHead.MAX_BYTES, Integer.MAX_VALUE, body -> {
            if (head.isBodiless() || head.status() == 304) {
                body.none();
            } else if (head.isChunked()) {
                body.chunked(head);
            } else if (head.contentLength() >= 0) {
                body.length(head.contentLength());
            } else {
                body.untilClose();
            }
        });
    }

    /**
     * That it came to the same in pieces. What is refused before its head has ended may be so later then: {@link HeadEnd} waits for
     * the end.
     */
    static void checkInPieces(Message inPieces, Message whole, byte[] bytes) {
        boolean undecided = inPieces.refusal == null && inPieces.head == null;
        if (!undecided || whole.refusal == null || isEndIn(bytes)) {
            Wire.checkEqual(inPieces, whole, "in pieces");
        }
    }

    private static boolean isEndIn(byte[] bytes) {
        HeadEnd end = new HeadEnd();
        end.reset();
        return end.isIn(Unpooled.wrappedBuffer(bytes));
    }

    /** What begins with the head; null when it is refused, or has not ended: then it has no refusal. */
    private interface Scan {
        ByteBuf head(ByteBuf in);
    }

    private interface Framing {
        void begin(Body body);
    }

    private static Message read(
            Head head, Scan scan, byte[] bytes, int[] cuts, int maxHead, int maxFirstLine, Framing framing) {
        ByteBuf in = Unpooled.buffer(Math.max(1, bytes.length));
        HeadEnd end = new HeadEnd();
        Body body = new Body();
        StringBuilder passed = new StringBuilder();
        String written = null;
        String first = null;
        List<String> fields = List.of();
        boolean partial = false;
        int received = 0;
        int longer = 0; // the head that came, than what stands for it in the buffer
        int taken = 0; // of the buffer
        for (int cut : cuts) {
            in.writeBytes(bytes, received, cut - received);
            received = cut;
            if (!in.isReadable()) {
                continue;
            }
            if (written == null) {
                boolean tooLarge = cut > maxHead || end.isFirstLine() && cut > maxFirstLine;
                if (partial && !end.isIn(in) && !tooLarge) {
                    continue;
                }
                ByteBuf scanned = scan.head(in);
                if (scanned == null && head.refusal() != null) {
                    return refused(head.refusal());
                }
                if (scanned == null) {
                    if (!partial) {
                        partial = true;
                        end.reset();
                    }
                    continue;
                }
                in = scanned;
                longer = received - in.writerIndex();
                taken = in.readerIndex() + head.length();
                first = first(head);
                fields = fields(head);
                written = write(head);
                framing.begin(body);
            }
            int bodyEnd = body.scan(in, taken);
            if (body.isInvalid()) {
                return refused(Refusal.INVALID_CHUNK);
            }
            ByteBuf part = body.pass(in.copy(taken, bodyEnd - taken));
            passed.append(Wire.text(part));
            part.release();
            taken = bodyEnd;
        }
        return new Message(
                null,
                first,
                fields,
                head instanceof ResponseHead answer && answer.isRepaired(),
                written,
                passed.toString(),
                taken + longer,
                written != null && body.isEnd());
    }

    private static Message refused(Refusal refusal) {
        return new Message(refusal, null, List.of(), false, null, null, 0, false);
    }

    private static String first(Head head) {
        String version = "HTTP/1." + head.minorVersion();
        return head instanceof RequestHead request
                ? head.text(0, request.methodEnd()) + " "
                        + head.text(request.methodEnd() + 1, head.headersStart() - version.length() - 3) + " " + version
                : version + " " + ((ResponseHead) head).status();
    }

    private static List<String> fields(Head head) {
        List<String> fields = new ArrayList<>();
        for (int i = 0; i < head.headers(); i++) {
            fields.add(head.text(head.nameStart(i), head.nameEnd(i)) + ":"
                    + head.text(head.valueStart(i), head.valueEnd(i)));
        }
        return fields;
    }

    private static String write(Head head) {
        HeadWriter out = new HeadWriter();
        if (head instanceof RequestHead request) {
            Rewriting.request(request, FORWARDED, null, false, out);
        } else if (!Rewriting.response((ResponseHead) head, Rewriting.Connection.UNSAID, out)) {
            out.write(head.bytes(), 0, head.length());
        }
        return Wire.text(out);
    }
}
