/** Layer 4: TCP connections, relayed byte for byte between a client and the server that was picked for it. */
package dev.slb.forwarder.l4;
