package dev.slb.plan;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/** What a forwarder answers who asks for its report: all of it, as those of earlier releases always do, or what has changed. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "answer", defaultImpl = ForwarderReport.class)
@JsonSubTypes({
    @JsonSubTypes.Type(value = ForwarderReport.class, name = "whole"),
    @JsonSubTypes.Type(value = ReportChanges.class, name = "changes")
})
public sealed interface ReportAnswer permits ForwarderReport, ReportChanges {

    /** Of the report that is known with this answer. */
    long revision();
}
