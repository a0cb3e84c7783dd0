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

/** A port of a LoadBalancer and what happens to what arrives there. */
@JsonClassDescription(
        "A port of a LoadBalancer, and what happens to the connections, datagrams or requests that arrive there.")
@Group(ApiGroup.NAME)
@Version(ApiGroup.VERSION)
@Kind("Listener")
@Plural("listeners")
@Singular("listener")
@ShortNames("lsn")
@Categories(ApiGroup.CATEGORY)
@AdditionalPrinterColumn(name = "LoadBalancer", jsonPath = ".spec.loadBalancerRef.name")
@AdditionalPrinterColumn(name = "Protocol", jsonPath = ".spec.protocol")
@AdditionalPrinterColumn(name = "Port", jsonPath = ".spec.port", type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
        name = "BindPort",
        jsonPath = ".status.bindPort",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 1)
@AdditionalPrinterColumn(name = "Group", jsonPath = ".spec.serverGroupRef.name", priority = 1)
@AdditionalPrinterColumn(
        name = "Servers",
        jsonPath = ".status.servers.total",
        type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
        name = "Normal",
        jsonPath = ".status.servers.normal",
        type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
        name = "Failover",
        jsonPath = ".status.worstCaseFailoverSeconds",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 1)
@AdditionalPrinterColumn(
        name = "Programmed",
        jsonPath = ".status.conditions[?(@.type==\"Programmed\")].status",
        priority = 1)
@AdditionalPrinterColumn(name = "Ready", jsonPath = ".status.conditions[?(@.type==\"Ready\")].status")
@AdditionalPrinterColumn(name = "Reason", jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason", priority = 1)
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
public final class Listener extends ApiObject<ListenerSpec, ListenerStatus> {}
