/**
 * What event loops have of listeners, targets and servers. The control thread builds it and swaps what changes; event loops read
 * it, count in it, and enter their connections.
 */
package dev.slb.forwarder.table;
