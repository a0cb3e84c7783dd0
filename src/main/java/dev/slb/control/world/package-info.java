/**
 * What the source has and translation may look at, and who must be translated again when some of it changes. {@link
 * dev.slb.control.world.World} is the whole under one lock; nothing else here locks.
 */
package dev.slb.control.world;
