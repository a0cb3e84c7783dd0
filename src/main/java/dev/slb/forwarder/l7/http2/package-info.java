/** HTTP/2 to both sides: connections and their streams, translated from and to the form of HTTP/1. */
package dev.slb.forwarder.l7.http2;
