/** Manifests from files, watched, and checked by the same CRDs that a cluster gets. */
package dev.slb.source;
