/**
 * From documents to what event loops serve: what was published, what it is served with, and the control side of each
 * listener, target and group. Everything here happens on the control thread.
 */
package dev.slb.forwarder.serve;
