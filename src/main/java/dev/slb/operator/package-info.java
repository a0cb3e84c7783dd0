/**
 * The control plane on a cluster: reconcilers, watches, leadership, status, Events and Services. Every replica reconciles and
 * programs its forwarder; only the elected one writes to the API server.
 */
package dev.slb.operator;
