/**
 * TLS towards clients and servers: contexts compiled on the control thread, shared by content and swapped; handshakes on
 * the event loops. What a connection carries afterwards is not known here.
 */
package dev.slb.forwarder.tls;
