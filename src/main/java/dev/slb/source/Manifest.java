package dev.slb.source;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.HasMetadata;

import java.nio.file.Path;

/**
 * An object and where it comes from.
 *
 * @param json the object with its defaults, to compare the next version with
 * @param root the path, given by the user, that led to the file
 */
record Manifest(HasMetadata object, JsonNode json, Origin origin, Path root) {}
