/** Active checks of servers: the state machine, the probes, and who shares them. */
package dev.slb.forwarder.health;
