package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.SchemaFrom;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.LabelSelector;

/** The master or the slave of a MasterSlaveGroup. */
@ValidationRule(
        value = "(has(self.podSelector) ? 1 : 0) + (has(self.podName) ? 1 : 0) + (has(self.address) ? 1 : 0) == 1",
        message = "exactly one of podSelector, podName and address is needed")
@ValidationRule(
        value = "!has(self.address) || type(self.port) == int",
        message = "port must be a number where the server is an address: only pods have named ports",
        fieldPath = ".port")
@ApiValue
public record RoleServer(
        @JsonPropertyDescription("Selects the pods of the namespace by their labels. Exactly one of podSelector, "
                + "podName and address is needed.")
        @SchemaFrom(type = LabelSelectorSchema.class)
        LabelSelector podSelector,

        @JsonPropertyDescription("Name of one pod of the namespace. 1 to 253 characters.")
        @Size(min = 1, max = 253)
        @Pattern(Patterns.OBJECT_NAME)
        String podName,

        @JsonPropertyDescription("IPv4 or IPv6 address of a server that is no pod. In a cluster only addresses that "
                + "the operator allows (--allowed-server-cidrs, by default none); loopback, link-local "
                + "and multicast never.")
        @Size(min = 1, max = 45)
        @ValidationRule(value = "isIP(self)", message = "must be an IPv4 or IPv6 address")
        String address,

        @JsonPropertyDescription("Port of the server: a number from 1 to 65535, or the name of a container port.")
        @Required
        IntOrString port)
        implements ServerSource {}
