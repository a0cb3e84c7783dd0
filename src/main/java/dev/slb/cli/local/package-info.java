/** Files, control plane and forwarder in one process: what {@code run}, {@code validate} and {@code playground} share. */
package dev.slb.cli.local;
