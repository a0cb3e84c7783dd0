/**
 * One request and its answer, whatever both sides are spoken to in: which server is tried, what is sent again, and what is
 * counted and logged. {@link dev.slb.forwarder.l7.exchange.Exchange} knows the two sides as legs.
 */
package dev.slb.forwarder.l7.exchange;
