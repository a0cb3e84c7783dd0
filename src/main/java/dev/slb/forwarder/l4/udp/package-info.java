/** UDP listeners: datagrams of one client address and port are a flow, which has a server and a socket to it. */
package dev.slb.forwarder.l4.udp;
