/**
 * The language that control plane and forwarder share: one immutable document per object, and the
 * forwarder's report. Nothing of Kubernetes and nothing of Netty. Durations are in milliseconds.
 */
package dev.slb.plan;
