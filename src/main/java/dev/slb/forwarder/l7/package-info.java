/** Layer 7: HTTP heads scanned in place, routing by host and path, and the proxy between clients and servers. */
package dev.slb.forwarder.l7;
