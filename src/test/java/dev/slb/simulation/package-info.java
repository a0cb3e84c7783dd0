/**
 * The real data plane under schedules that a seed decides: virtual time, a network and event loops that are driven, models of
 * clients and servers, and what must hold whatever happens. See docs/simulator.md.
 */
package dev.slb.simulation;
