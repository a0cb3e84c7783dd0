/** What any part may need and the JDK has not: each thing once, each a few lines. It knows nothing but the JDK. */
package dev.slb.base;
