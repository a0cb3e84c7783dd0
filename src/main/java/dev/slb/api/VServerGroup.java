package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** A group of weighted servers. */
@JsonClassDescription("A group of weighted servers with a port each, for listeners and for their rules.")
@Group(ApiGroup.NAME)
@Version(ApiGroup.VERSION)
@Kind("VServerGroup")
@Plural("vservergroups")
@Singular("vservergroup")
@ShortNames("vsg")
@Categories(ApiGroup.CATEGORY)
@AdditionalPrinterColumn(name = "LoadBalancer", jsonPath = ".spec.loadBalancerRef.name")
@AdditionalPrinterColumn(
        name = "Servers",
        jsonPath = ".status.summary.total",
        type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
        name = "Normal",
        jsonPath = ".status.summary.normal",
        type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
        name = "Abnormal",
        jsonPath = ".status.summary.abnormal",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 1)
@AdditionalPrinterColumn(name = "Ready", jsonPath = ".status.conditions[?(@.type==\"Ready\")].status")
@AdditionalPrinterColumn(name = "Reason", jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason", priority = 1)
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
public final class VServerGroup extends ApiObject<VServerGroupSpec, VServerGroupStatus> {}
