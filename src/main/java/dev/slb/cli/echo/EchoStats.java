package dev.slb.cli.echo;

/**
 * What an {@link EchoServer} saw since it started.
 *
 * @param connections accepted, probes included
 * @param requests HTTP requests other than probes
 * @param httpProbes requests of a load balancer's health check
 * @param tcpProbes connections that ended without a byte: what a TCP health check does, and seldom anybody else
 * @param kubeletProbes requests of a Kubernetes node
 * @param bodyBytes bytes of request bodies and WebSocket messages received
 * @param datagrams UDP datagrams received, probes included
 */
public record EchoStats(
        String name,
        String state,
        long connections,
        long requests,
        long httpProbes,
        long tcpProbes,
        long kubeletProbes,
        long bodyBytes,
        long datagrams) {}
