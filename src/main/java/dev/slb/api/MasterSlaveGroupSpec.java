package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;

/** What is wanted of a MasterSlaveGroup. */
@ValidationRule(
        value =
                "self.master.port != self.slave.port"
                        + " || !(has(self.master.podName) && has(self.slave.podName) && self.master.podName == self.slave.podName"
                        + " || has(self.master.address) && has(self.slave.address) && self.master.address == self.slave.address)",
        message = "master and slave must differ in server or port",
        fieldPath = ".slave")
@ApiValue
public record MasterSlaveGroupSpec(
        @JsonPropertyDescription("LoadBalancer of the same namespace that this belongs to. Immutable.")
        @Required
        @ValidationRule(
                value = "self == oldSelf",
                message = "loadBalancerRef is immutable: delete the object and create it again")
        ObjectRef loadBalancerRef,

        @JsonPropertyDescription(
                "Server that gets all traffic while it is healthy. Of several pods the oldest ready one is taken.")
        @Required
        RoleServer master,

        @JsonPropertyDescription("Server that takes over while the master fails. It is never probed.") @Required
        RoleServer slave) {}
