package dev.slb.distribution;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * What was read of a log.
 *
 * @param format null when it is empty
 * @param malformed lines that are not of the format
 * @param firstMalformed number of the first of them, 0 without any
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record LogSummary(String log, String format, long lines, long malformed, long firstMalformed) {}
