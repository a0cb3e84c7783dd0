/** The access log: entries that the data path fills, lines, and the one thread that writes them. */
package dev.slb.forwarder.accesslog;
