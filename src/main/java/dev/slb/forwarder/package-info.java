/** The data plane: takes plan documents, serves them on sockets, and reports. It knows nothing of Kubernetes. */
package dev.slb.forwarder;
