/**
 * What the source has and translation may look at, and who must be translated again when some of it changes. {@link
 * dev.slb.control.world.World} is the whole under one lock; nothing in the other rooms locks.
 */
package dev.slb.control.world;
