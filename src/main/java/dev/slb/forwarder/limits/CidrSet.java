package dev.slb.forwarder.limits;

import dev.slb.base.Cidr;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * Networks, compiled for asking whether one of them contains an address: disjoint ranges in order, found by binary
 * search, so that a list of 300 costs 9 comparisons. Immutable.
 *
 * <p>An IPv4 address and its IPv4-mapped form (in ::ffff:0:0/96) are the same address, in the list as well as in a
 * question. Wider networks of IPv6, such as ::/0, hold no IPv4 addresses.
 */
public final class CidrSet {

    private static final long MAPPED_PREFIX = 0xffff;

    public static final CidrSet EMPTY = of(List.of());

    private final Ranges inet;
    private final Ranges inet6;

    private CidrSet(List<Network> networks) {
        inet = new Ranges(networks.stream().filter(Network::isInet).toList());
        inet6 = new Ranges(networks.stream().filter(each -> !each.isInet()).toList());
    }

    /**
     * @param cidrs such as {@code 10.0.0.0/8}, {@code 2001:db8::/32} or a single address; bits behind the prefix don't
     *     count
     * @throws IllegalArgumentException when one is none, which {@link #problem} tells beforehand
     */
    public static CidrSet of(List<String> cidrs) {
        return new CidrSet(cidrs.stream().map(Network::of).toList());
    }

    /** What is wrong with this network, or null. */
    public static String problem(String cidr) {
        return Cidr.parse(cidr).isPresent() ? null : "not a network: " + cidr;
    }

    public boolean contains(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length == 4) {
            return inet.contain(0, number(bytes, 0, 4));
        }
        long high = number(bytes, 0, 8);
        long low = number(bytes, 8, 8);
        return isMapped(high, low) ? inet.contain(0, low & 0xffff_ffffL) : inet6.contain(high, low);
    }

    public boolean isEmpty() {
        return inet.isEmpty() && inet6.isEmpty();
    }

    private static boolean isMapped(long high, long low) {
        return high == 0 && low >>> 32 == MAPPED_PREFIX;
    }

    private static long number(byte[] bytes, int start, int count) {
        long number = 0;
        for (int i = start; i < start + count; i++) {
            number = number << 8 | bytes[i] & 0xff;
        }
        return number;
    }

    private static int compare(long high, long low, long otherHigh, long otherLow) {
        int byHigh = Long.compareUnsigned(high, otherHigh);
        return byHigh != 0 ? byHigh : Long.compareUnsigned(low, otherLow);
    }

    /** First and last address, its high and its low half, as unsigned numbers; IPv4 has a low half only. */
    private record Network(boolean isInet, long firstHigh, long firstLow, long lastHigh, long lastLow) {

        static Network of(String text) {
            Cidr cidr = Cidr.parse(text).orElseThrow(() -> new IllegalArgumentException(problem(text)));
            byte[] first = cidr.network();
            if (first.length == 4) {
                long address = number(first, 0, 4);
                return new Network(true, 0, address, 0, (address | ~mask(32 + cidr.prefix())) & 0xffff_ffffL);
            }
            long high = number(first, 0, 8);
            long low = number(first, 8, 8);
            long highMask = mask(Math.min(cidr.prefix(), 64));
            long lowMask = mask(Math.max(0, cidr.prefix() - 64));
            return new Network(false, high, low, high | ~highMask, low | ~lowMask);
        }

        /** So many ones, and then zeros. */
        private static long mask(int ones) {
            return ones == 0 ? 0 : -1L << (64 - ones);
        }
    }

    private static final class Ranges {

        private final long[] firstHigh;
        private final long[] firstLow;
        private final long[] lastHigh;
        private final long[] lastLow;

        Ranges(List<Network> networks) {
            List<Network> disjoint = disjoint(networks);
            int count = disjoint.size();
            firstHigh = new long[count];
            firstLow = new long[count];
            lastHigh = new long[count];
            lastLow = new long[count];
            for (int i = 0; i < count; i++) {
                Network range = disjoint.get(i);
                firstHigh[i] = range.firstHigh;
                firstLow[i] = range.firstLow;
                lastHigh[i] = range.lastHigh;
                lastLow[i] = range.lastLow;
            }
        }

        /** In order, without those that are in others. Two networks never overlap in part. */
        private static List<Network> disjoint(List<Network> networks) {
            List<Network> sorted = new ArrayList<>(networks);
            // Of those that begin together the largest is first.
            sorted.sort((a, b) -> {
                int byFirst = compare(a.firstHigh, a.firstLow, b.firstHigh, b.firstLow);
                return byFirst != 0 ? byFirst : compare(b.lastHigh, b.lastLow, a.lastHigh, a.lastLow);
            });
            List<Network> disjoint = new ArrayList<>();
            Network previous = null;
            for (Network each : sorted) {
                if (previous == null
                        || compare(each.firstHigh, each.firstLow, previous.lastHigh, previous.lastLow) > 0) {
                    disjoint.add(each);
                    previous = each;
                }
            }
            return disjoint;
        }

        boolean isEmpty() {
            return firstHigh.length == 0;
        }

        boolean contain(long high, long low) {
            int from = 0;
            int to = firstHigh.length - 1;
            while (from <= to) {
                int middle = (from + to) >>> 1;
                if (compare(high, low, firstHigh[middle], firstLow[middle]) < 0) {
                    to = middle - 1;
                } else if (compare(high, low, lastHigh[middle], lastLow[middle]) > 0) {
                    from = middle + 1;
                } else {
                    return true;
                }
            }
            return false;
        }
    }
}
