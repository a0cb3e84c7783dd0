package dev.slb.testing;

import org.junit.jupiter.api.Tag;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Tests through real sockets or on real event loops. What does not carry this runs first, in less than a minute, with
 * {@code -Dgroups='!sockets'}. {@code TiersTest} says who has to carry it.
 */
@Documented
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("sockets")
public @interface Sockets {}
