/** Counts for Prometheus, gathered when they are asked for. */
package dev.slb.forwarder.metrics;
