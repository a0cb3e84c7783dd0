/**
 * The admin port of a process, of whichever: HTTP for probes, monitoring and reports, which whoever can reach it may abuse without
 * hurting the process or each other. Knows the JDK only.
 *
 * <p>One thread, {@link dev.slb.admin.AdminPort}, accepts, reads heads and writes answers; it computes nothing but the answers of
 * probes, and allocates no direct memory after its start. A second one builds documents, one at a time; who asks for the same meanwhile
 * shares it. A connection has one request in flight: what is pipelined behind it waits unread, in the kernel. Connections are bounded for each source
 * and in all. Over a bound the one goes that has waited longest for a request of its client: of that source, or of the source with
 * the most connections. The longest, and not the newest, as the newest may be a probe from the same address: it sends its request at once, and is answered
 * in the same turn. When none waits, what comes is taken into a reserve, in which only probes are answered.
 */
package dev.slb.admin;
