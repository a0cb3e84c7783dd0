/** How plan and report travel between operator and forwarder: the plan stream, the reports, and the last good set on disk. */
package dev.slb.delivery;
