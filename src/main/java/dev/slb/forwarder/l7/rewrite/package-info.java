/** What becomes of heads and bodies on their way through: forwarded headers, hop-by-hop fields, compression. */
package dev.slb.forwarder.l7.rewrite;
