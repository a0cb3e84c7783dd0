/**
 * What is particular to each kind of objects, one class each, for whoever deals with objects of all kinds: what they need, what they
 * mean, and what their status says. Pure as translation is.
 */
package dev.slb.kind;
