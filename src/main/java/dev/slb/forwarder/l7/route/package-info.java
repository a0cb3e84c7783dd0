/** Where a request goes: the compiled version of a listener, its rules by host and path, and sticky cookies. */
package dev.slb.forwarder.l7.route;
