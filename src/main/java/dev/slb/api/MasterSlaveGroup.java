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

/** Two servers, of which the slave takes over while the master fails; for layer-4 listeners. */
@JsonClassDescription(
        "Two servers for TCP and UDP listeners: the slave gets the traffic while the master fails its health check.")
@Group(ApiGroup.NAME)
@Version(ApiGroup.VERSION)
@Kind("MasterSlaveGroup")
@Plural("masterslavegroups")
@Singular("masterslavegroup")
@ShortNames("msg")
@Categories(ApiGroup.CATEGORY)
@AdditionalPrinterColumn(name = "LoadBalancer", jsonPath = ".spec.loadBalancerRef.name")
@AdditionalPrinterColumn(name = "Active", jsonPath = ".status.active")
@AdditionalPrinterColumn(name = "Master", jsonPath = ".status.master.health")
@AdditionalPrinterColumn(name = "MasterAddress", jsonPath = ".status.master.address", priority = 1)
@AdditionalPrinterColumn(name = "SlaveAddress", jsonPath = ".status.slave.address", priority = 1)
@AdditionalPrinterColumn(name = "Ready", jsonPath = ".status.conditions[?(@.type==\"Ready\")].status")
@AdditionalPrinterColumn(name = "Reason", jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason", priority = 1)
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
public final class MasterSlaveGroup extends ApiObject<MasterSlaveGroupSpec, MasterSlaveGroupStatus> {}
