/**
 * What is particular to each kind of objects, one class each, and nothing of it anywhere else: what its objects need, what they
 * mean, and what their status says. Pure as translation is.
 */
package dev.slb.kind;
