/**
 * Who may come in, how many, how often and how fast: access control, limits of listeners and LoadBalancers, bandwidth.
 * Nothing here takes a lock, and what is not limited costs a null check.
 */
package dev.slb.forwarder.limits;
