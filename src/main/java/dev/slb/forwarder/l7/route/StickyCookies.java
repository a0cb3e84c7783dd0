package dev.slb.forwarder.l7.route;

import dev.slb.forwarder.l7.head.HeadWriter;
import dev.slb.forwarder.l7.head.HeaderName;
import dev.slb.forwarder.l7.head.RequestHead;
import dev.slb.forwarder.l7.head.ResponseHead;
import dev.slb.forwarder.persistence.CookieSeal;
import dev.slb.forwarder.persistence.CookieTable;
import dev.slb.forwarder.persistence.Cookies;
import dev.slb.forwarder.table.Member;
import io.netty.buffer.ByteBuf;

/** Sticky cookies in heads, for the connections of one listener on one event loop. */
public final class StickyCookies {

    private final HeadWriter writer;
    private final CookieSeal seal = new CookieSeal();

    /** @param writer used within a call, never across calls */
    public StickyCookies(HeadWriter writer) {
        this.writer = writer;
    }

    /** The server that the first valid cookie of the request means; null without one. */
    public Member find(CookieTable<Member> table, RequestHead head) {
        if (table == null || !head.has(HeaderName.COOKIE)) {
            return null;
        }
        byte[] bytes = head.bytes();
        for (int i = 0; i < head.headers(); i++) {
            if (head.name(i) != HeaderName.COOKIE) {
                continue;
            }
            int end = head.valueEnd(i);
            int value = Cookies.next(bytes, head.valueStart(i), end, table.name());
            while (value >= 0) {
                int valueEnd = Cookies.end(bytes, value, end);
                Member found = table.find(
                        bytes,
                        Cookies.skipQuote(bytes, value, valueEnd),
                        Cookies.valueEnd(bytes, value, valueEnd),
                        seal);
                if (found != null) {
                    return found;
                }
                value = Cookies.next(bytes, valueEnd, end, table.name());
            }
        }
        return null;
    }

    /**
     * Adds the cookie of the server that an answer comes from, where it must carry one. Not on answers 4xx: a client that is told
     * off is no session (classic SLB).
     *
     * @param known whether the client's own cookie has led to this server
     */
    public void insert(CookieTable<Member> table, Member member, boolean known, ResponseHead head) {
        if (table == null || !table.isInserted() || known || head.status() / 100 == 4) {
            return;
        }
        byte[] line = table.line(member, seal);
        if (line != null) { // else it has left while it worked on this
            head.add(line);
        }
    }

    /**
     * Makes a server's own cookie say that it is from this server: rarely, so that the answer is put together and scanned once more,
     * and whoever gets it sees a head like any other.
     *
     * @param in begins with the head; handed over
     * @return what then begins with the head, which is scanned
     */
    public ByteBuf rewrite(CookieTable<Member> table, Member member, ResponseHead head, ByteBuf in) {
        boolean rewritten = table != null && !table.isInserted() && writeRewritten(table, member, head);
        return rewritten ? writer.replaceHead(head, in) : in;
    }

    private boolean writeRewritten(CookieTable<Member> table, Member member, ResponseHead head) {
        byte[] prefix = head.has(HeaderName.SET_COOKIE) ? table.prefix(member) : null;
        if (prefix == null) {
            return false;
        }
        byte[] bytes = head.bytes();
        int written = 0;
        writer.clear();
        for (int i = 0; i < head.headers(); i++) {
            if (head.name(i) != HeaderName.SET_COOKIE) {
                continue;
            }
            int start = head.valueStart(i);
            int end = Cookies.end(bytes, start, head.valueEnd(i));
            int value = Cookies.next(bytes, start, end, table.name());
            if (value >= 0) {
                int at = Cookies.skipQuote(bytes, value, end);
                writer.write(bytes, written, at - written);
                writer.write(prefix);
                written = at;
            }
        }
        if (written == 0) {
            return false;
        }
        writer.write(bytes, written, head.length() - written);
        return true;
    }
}
