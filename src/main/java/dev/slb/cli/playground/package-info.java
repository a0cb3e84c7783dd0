/** A cluster's stand-in on a laptop: the pods of ordinary manifests as demo backends of this process, and a view of it all. */
package dev.slb.cli.playground;
