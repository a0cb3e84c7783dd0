/**
 * Layer 7: what joins its rooms. A listener's connections begin here, as HTTP/1 or HTTP/2; and which of them a server is
 * spoken to in is chosen here.
 */
package dev.slb.forwarder.l7;
