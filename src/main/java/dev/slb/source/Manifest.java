package dev.slb.source;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.HasMetadata;

/**
 * An object and where it comes from.
 *
 * @param json the object with its defaults, to compare the next version with
 */
record Manifest(HasMetadata object, JsonNode json, Origin origin) {}
