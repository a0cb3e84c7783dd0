/**
 * Pure translation of the four kinds into plan documents, conditions and status, and the rules that they share. No clock and
 * no I/O: what is not in the object stands in a {@link dev.slb.translate.Snapshot}.
 */
package dev.slb.translate;
