/** What a forwarder says of itself: what became of documents, how servers are, how traffic is shared, counts. */
package dev.slb.forwarder.report;
