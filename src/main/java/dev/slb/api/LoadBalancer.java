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

/** A load balancer: it owns listeners, a default pool of servers and the limits that its listeners share. */
@JsonClassDescription(
        "A load balancer: it owns Listeners, a default pool of servers, the Service that exposes it and the limits that its listeners share.")
@Group(ApiGroup.NAME)
@Version(ApiGroup.VERSION)
@Kind("LoadBalancer")
@Plural("loadbalancers")
@Singular("loadbalancer")
@ShortNames("lb")
@Categories(ApiGroup.CATEGORY)
@AdditionalPrinterColumn(name = "Address", jsonPath = ".status.addresses[*].value")
@AdditionalPrinterColumn(
        name = "Listeners",
        jsonPath = ".status.listeners.total",
        type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
        name = "Servers",
        jsonPath = ".status.servers.total",
        type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
        name = "Normal",
        jsonPath = ".status.servers.normal",
        type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(name = "Programmed", jsonPath = ".status.conditions[?(@.type==\"Programmed\")].status")
@AdditionalPrinterColumn(name = "Ready", jsonPath = ".status.conditions[?(@.type==\"Ready\")].status")
@AdditionalPrinterColumn(name = "Reason", jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason", priority = 1)
@AdditionalPrinterColumn(
        name = "Forwarders",
        jsonPath = ".status.forwarders.total",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 1)
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
public final class LoadBalancer extends ApiObject<LoadBalancerSpec, LoadBalancerStatus> {}
