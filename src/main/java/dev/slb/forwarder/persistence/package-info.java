/** Session persistence: which client has which server, by its address or by a cookie. */
package dev.slb.forwarder.persistence;
