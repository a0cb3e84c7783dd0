/** The command line: one picocli command each. */
package dev.slb.cli;
