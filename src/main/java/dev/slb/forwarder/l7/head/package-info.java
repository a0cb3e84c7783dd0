/**
 * The text of HTTP/1: heads scanned in place, bodies followed to their end, and what is refused of them. Knows bytes only, no
 * connection; HTTP/2 is brought into this form.
 */
package dev.slb.forwarder.l7.head;
