/** The runtime of listeners, targets and servers: built by the control thread, only read by event loops. */
package dev.slb.forwarder.table;
