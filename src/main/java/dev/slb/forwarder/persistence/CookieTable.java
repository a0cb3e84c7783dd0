package dev.slb.forwarder.persistence;

import dev.slb.plan.PersistencePlan;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * The candidates of one selection by their sticky cookies. Immutable; looking one up allocates nothing unless its time
 * must be checked.
 *
 * <p>An inserted cookie is {@code id.time.seal}: whose it is, when it was given (milliseconds in hexadecimal), and that
 * this is so. A rewritten one is the server's own value with {@code id~} in front.
 */
public final class CookieTable<T> {

    private static final byte TIME = '.';
    private static final byte PREFIX = '~';
    private static final int MAX_TIME_DIGITS = 12;

    private final boolean inserted;
    private final byte[] name;
    private final long timeoutMillis;
    private final String attributes;
    private final CookieKey key;
    private final LongSupplier clock;
    private final Map<T, byte[]> ids = new HashMap<>();
    private final byte[][] slotIds;
    private final Object[] slots;

    private CookieTable(
            PersistencePlan plan,
            CookieKey key,
            List<T> candidates,
            Function<T, String> id,
            boolean secure,
            LongSupplier clock) {
        this.inserted = plan.type() == PersistencePlan.Type.COOKIE_INSERT;
        String cookie = inserted ? PersistencePlan.INSERTED_COOKIE : plan.cookieName();
        this.name = cookie.getBytes(StandardCharsets.ISO_8859_1);
        this.timeoutMillis = plan.timeoutMillis();
        long seconds = TimeUnit.MILLISECONDS.toSeconds(timeoutMillis + 999);
        this.attributes =
                "; Max-Age=" + seconds + "; Path=/; HttpOnly; SameSite=Lax" + (secure ? "; Secure" : "") + "\r\n";
        this.key = key;
        this.clock = clock;
        int length = Integer.highestOneBit(candidates.size()) * 4;
        this.slotIds = new byte[length][];
        this.slots = new Object[length];
        for (T each : candidates) {
            byte[] bytes = key.id(id.apply(each));
            ids.put(each, bytes);
            int slot = firstSlot(bytes, 0);
            while (slots[slot] != null) {
                slot = slot + 1 & length - 1;
            }
            slotIds[slot] = bytes;
            slots[slot] = each;
        }
    }

    /**
     * @param plan of a cookie
     * @param candidates at least one; those that may get something new
     * @param id the same on every forwarder
     * @param secure whether clients speak TLS, so that the cookie never goes without
     * @param clock what time it is, in milliseconds since 1970
     */
    public static <T> CookieTable<T> of(
            PersistencePlan plan,
            CookieKey key,
            List<T> candidates,
            Function<T, String> id,
            boolean secure,
            LongSupplier clock) {
        return new CookieTable<>(plan, key, candidates, id, secure, clock);
    }

    /** Whether the cookie is ours, rather than a prefix in one of the server. */
    public boolean isInserted() {
        return inserted;
    }

    public byte[] name() {
        return name;
    }

    private int firstSlot(byte[] bytes, int start) {
        int hash = 0;
        for (int i = start; i < start + Long.BYTES; i++) {
            hash = 31 * hash + bytes[i];
        }
        return (hash ^ hash >>> 16) & slots.length - 1;
    }

    /**
     * Whom the value of a cookie means.
     *
     * @param start of the value, without a quotation mark
     * @param end of the value
     * @return null when it is not valid (any more), or means nobody who may be chosen
     */
    public T find(byte[] bytes, int start, int end, CookieSeal seal) {
        int idEnd = start + CookieKey.ID_LENGTH;
        if (end - idEnd < 1 || bytes[idEnd] != (inserted ? TIME : PREFIX)) {
            return null;
        }
        T found = find(bytes, start);
        return found != null && (!inserted || holds(bytes, start, end, seal)) ? found : null;
    }

    @SuppressWarnings("unchecked")
    private T find(byte[] bytes, int start) {
        int slot = firstSlot(bytes, start);
        while (slots[slot] != null) {
            if (Arrays.equals(bytes, start, start + CookieKey.ID_LENGTH, slotIds[slot], 0, CookieKey.ID_LENGTH)) {
                return (T) slots[slot];
            }
            slot = slot + 1 & slots.length - 1;
        }
        return null;
    }

    private boolean holds(byte[] bytes, int start, int end, CookieSeal seal) {
        int timeStart = start + CookieKey.ID_LENGTH + 1;
        int timeEnd = end - CookieSeal.LENGTH - 1;
        if (timeEnd <= timeStart || timeEnd - timeStart > MAX_TIME_DIGITS || bytes[timeEnd] != TIME) {
            return false;
        }
        long millis = 0;
        for (int i = timeStart; i < timeEnd; i++) {
            int digit = Character.digit(bytes[i], 16);
            if (digit < 0) {
                return false;
            }
            millis = millis << 4 | digit;
        }
        // The clock of the forwarder that gave it may be ahead of ours.
        if (clock.getAsLong() - millis >= timeoutMillis) {
            return false;
        }
        byte[] expected = seal.of(key, bytes, start, millis);
        int difference = 0;
        for (int i = 0; i < CookieSeal.LENGTH; i++) {
            difference |= expected[i] ^ bytes[timeEnd + 1 + i];
        }
        return difference == 0;
    }

    /** The header line that gives a candidate's cookie; null when it is none of these. */
    public byte[] line(T candidate, CookieSeal seal) {
        byte[] id = ids.get(candidate);
        if (id == null) {
            return null;
        }
        long now = clock.getAsLong();
        ByteArrayOutputStream line = new ByteArrayOutputStream(160);
        line.writeBytes("Set-Cookie: ".getBytes(StandardCharsets.ISO_8859_1));
        line.writeBytes(name);
        line.write('=');
        line.writeBytes(id);
        line.write(TIME);
        line.writeBytes(Long.toHexString(now).getBytes(StandardCharsets.ISO_8859_1));
        line.write(TIME);
        line.writeBytes(seal.of(key, id, 0, now));
        line.writeBytes(attributes.getBytes(StandardCharsets.ISO_8859_1));
        return line.toByteArray();
    }

    /** What goes in front of a value that the candidate gives; null when it is none of these. */
    public byte[] prefix(T candidate) {
        byte[] id = ids.get(candidate);
        if (id == null) {
            return null;
        }
        byte[] prefix = Arrays.copyOf(id, id.length + 1);
        prefix[id.length] = PREFIX;
        return prefix;
    }

    /**
     * How long a prefix is that a value has, whoever it means: also one whose server is gone, or that was made with
     * another key, must not reach a server.
     */
    public static int prefixLength(byte[] bytes, int start, int end) {
        int prefix = start + CookieKey.ID_LENGTH;
        if (end <= prefix || bytes[prefix] != PREFIX) {
            return 0;
        }
        for (int i = start; i < prefix; i++) {
            byte b = bytes[i];
            boolean base64Url =
                    b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b == '-' || b == '_';
            if (!base64Url) {
                return 0;
            }
        }
        return CookieKey.ID_LENGTH + 1;
    }
}
