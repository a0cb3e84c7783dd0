/**
 * Puts together what an object says ({@link dev.slb.translate.Translation}) and what forwarders say of it ({@link
 * dev.slb.plan.ForwarderReport}) into its status. Pure as translation is: the time comes from the caller.
 */
package dev.slb.translate.status;
