package dev.slb.testing;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Tests against a real API server, which the environment variable {@code KUBECONFIG} names. Without one that answers they
 * are skipped, and standard output says so.
 */
@Documented
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag("cluster")
@ExtendWith(OnClusterCondition.class)
public @interface OnCluster {}
