/** The demo backend: a small HTTP server that says who it is and what it saw, and can be made to fail. */
package dev.slb.cli.echo;
