package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.SchemaFrom;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.LabelSelector;

/** An entry of a VServerGroup. */
@ValidationRule(
        value = "(has(self.podSelector) ? 1 : 0) + (has(self.podName) ? 1 : 0) + (has(self.address) ? 1 : 0) == 1",
        message = "exactly one of podSelector, podName and address is needed")
@ValidationRule(
        value = "!has(self.address) || type(self.port) == int",
        message = "port must be a number where the server is an address: only pods have named ports",
        fieldPath = ".port")
@ApiValue
public record GroupServer(
        @JsonPropertyDescription("Name of the entry, a DNS label. Unique in the list. 1 to 63 characters.")
        @Required
        @Size(min = 1, max = 63)
        @Pattern(Patterns.DNS_LABEL)
        String name,

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
        IntOrString port,

        @JsonPropertyDescription("Weight of the servers, 0 to 100. Default 100. 0: no new connection or request, "
                + "existing ones run on. The pod annotation slb.dev/weight replaces it for one pod.")
        @Default("100")
        @Min(0)
        @Max(100)
        Integer weight,

        @JsonPropertyDescription("What the weight means for the pods of the entry. PerPod (default): every pod has "
                + "it. Shared: the pods share it, in exact fractions.")
        @Default("PerPod")
        WeightMode weightMode)
        implements ServerSource {}
