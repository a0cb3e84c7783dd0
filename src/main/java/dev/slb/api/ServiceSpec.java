package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

import java.util.Map;

/** The Service that exposes a LoadBalancer. */
@ValidationRule(
        value = "self.type == 'LoadBalancer' || !has(self.loadBalancerClass) || self.loadBalancerClass == ''",
        message = "loadBalancerClass needs type LoadBalancer",
        fieldPath = ".loadBalancerClass")
@ApiValue
public record ServiceSpec(
        @JsonPropertyDescription(
                "Type of the Service: LoadBalancer (default), NodePort or ClusterIP. Only types that the "
                        + "operator allows (--allowed-service-types, by default LoadBalancer and ClusterIP), else no Service is made.")
        @Default("LoadBalancer")
        ServiceType type,

        @JsonPropertyDescription("Class of the implementation that gives a Service of type LoadBalancer its address. "
                + "At most 253 characters. Default: empty, the default implementation of the cluster. Another only if "
                + "the operator allows it (--allowed-load-balancer-classes, by default none), else no Service is made.")
        @Size(max = 253)
        @Pattern(Patterns.OPTIONAL_QUALIFIED_NAME)
        String loadBalancerClass,

        @JsonPropertyDescription("Local (default): only nodes with a forwarder answer, and client addresses are kept. "
                + "Cluster: every node answers, client addresses are lost. Without effect on ClusterIP.")
        @Default("Local")
        TrafficPolicy externalTrafficPolicy,

        @JsonPropertyDescription("Annotations of the Service, for example for the cloud that gives the address. At "
                + "most 64, values of at most 8192 characters. Only those that begin as the operator allows "
                + "(--allowed-service-annotations, by default none); others are left out.")
        @Size(max = 64)
        Map<String, @Size(max = 8192) String> annotations) {
    /** What an absent object means. */
    public static final ServiceSpec DEFAULT =
            new ServiceSpec(ServiceType.LoadBalancer, null, TrafficPolicy.Local, null);

    public ServiceSpec {
        loadBalancerClass = Absent.text(loadBalancerClass);
        annotations = Absent.map(annotations);
    }
}
