/** A forwarder's admin port: is it there, is it ready, what does it serve and see, what has it counted. */
package dev.slb.forwarder.admin;
