/** The four kinds of {@code slb.dev/v1alpha1}: a record for each spec, status and value in them. */
package dev.slb.api;
