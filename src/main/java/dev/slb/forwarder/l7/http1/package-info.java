/** HTTP/1 to both sides: connections of clients, and those to servers with the pool that they wait in. */
package dev.slb.forwarder.l7.http1;
