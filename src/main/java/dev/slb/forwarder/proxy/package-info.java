/** The PROXY protocol: headers that proxies before us send, and those that we send to servers. */
package dev.slb.forwarder.proxy;
