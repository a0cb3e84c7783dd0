/**
 * Certificates and keys as Secrets and ConfigMaps carry them: read strictly, once, when they come in. Knows the
 * JDK, BouncyCastle and {@link dev.slb.plan.Secret} only, and neither clock nor files.
 */
package dev.slb.certificate;
