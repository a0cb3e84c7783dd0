/** Which candidate of a group is next: schedulers as immutable tables over what may be chosen now. */
package dev.slb.forwarder.schedule;
