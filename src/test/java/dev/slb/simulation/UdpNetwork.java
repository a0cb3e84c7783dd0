package dev.slb.simulation;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/** What carries datagrams: whole or not at all, in whatever order, and who sends to where nobody is may be told. */
public final class UdpNetwork {

    /**
     * How datagrams travel.
     *
     * @param mostDelayNanos for how long
     * @param lostOfThousand how many get lost
     * @param inOrder whether those of one socket to one address overtake each other
     * @param room how many wait in a socket; more are lost
     */
    public record Weather(long mostDelayNanos, int lostOfThousand, boolean inOrder, int room) {}

    private final Driver driver;
    private final long seed;
    private final Weather weather;
    private final Map<InetSocketAddress, List<UdpSocket>> bound = new HashMap<>();
    private Predicate<InetSocketAddress> silent = address -> false;
    private int sockets;
    private long lost;

    /** @param seed decides how each socket's datagrams travel, each by itself */
    public UdpNetwork(Driver driver, long seed, Weather weather) {
        this.driver = driver;
        this.seed = seed;
        this.weather = weather;
    }

    /** Where nobody tells that nobody is there. */
    void silent(Predicate<InetSocketAddress> where) {
        silent = where;
    }

    boolean isSilent(InetSocketAddress address) {
        return silent.test(address);
    }

    Driver driver() {
        return driver;
    }

    Weather weather() {
        return weather;
    }

    /** A socket that is bound nowhere. */
    public UdpSocket newSocket() {
        return new UdpSocket(this, new SplittableRandom(seed ^ (++sockets) * 0x9e3779b97f4a7c15L));
    }

    /** @return false when somebody else is there who does not share, or whom it does not share with */
    boolean bind(InetSocketAddress address, UdpSocket socket) {
        List<UdpSocket> there = bound.computeIfAbsent(address, any -> new ArrayList<>());
        if (!there.isEmpty() && !(socket.shares() && there.stream().allMatch(UdpSocket::shares))) {
            return false;
        }
        there.add(socket);
        return true;
    }

    void unbind(InetSocketAddress address, UdpSocket socket) {
        List<UdpSocket> there = bound.get(address);
        there.remove(socket);
        if (there.isEmpty()) {
            bound.remove(address);
        }
    }

    /** Whose datagram it is: among those that share, each sender's go to always the same one. Null: nobody's. */
    UdpSocket at(InetSocketAddress address, InetSocketAddress from) {
        List<UdpSocket> there = bound.get(address);
        if (there == null) {
            return null;
        }
        int hash = from.getAddress().hashCode() * 31 + from.getPort() * 7;
        return there.get(Math.floorMod(hash ^ hash >>> 5, there.size()));
    }

    /** Whether somebody is bound there. */
    boolean isBound(InetSocketAddress address) {
        return bound.containsKey(address);
    }

    /** One more that nobody gets. */
    void lose() {
        lost++;
    }

    /** How many nobody has got, for want of luck or of room. */
    long lost() {
        return lost;
    }
}
