/** Does traffic follow the weights? Counts logs or a live forwarder, tests the counts, names likely causes. */
package dev.slb.distribution;
