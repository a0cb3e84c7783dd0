/** Ports: which listener has which, how they change hands without a gap, and what a client passes that comes in. */
package dev.slb.forwarder.port;
