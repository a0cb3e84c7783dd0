/** Event loops and sockets: which of Netty's transports is used, and what every loop carries for the handlers on it. */
package dev.slb.forwarder.transport;
