package dev.slb.cli;

import dev.slb.api.ServiceType;
import dev.slb.base.Cidr;
import dev.slb.delivery.PlanEndpoint;
import dev.slb.operator.ApiErrors;
import dev.slb.operator.LeaseOptions;
import dev.slb.operator.OperatorClient;
import dev.slb.operator.OperatorOptions;
import dev.slb.operator.OperatorProcess;
import dev.slb.operator.Supervision;
import dev.slb.translate.AllowedServices;
import dev.slb.translate.Quotas;
import dev.slb.translate.Settings;
import io.fabric8.kubernetes.client.KubernetesClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;

/** {@code slb operator}. */
@Command(
        name = "operator",
        description = {
            "Serves the objects of a Kubernetes cluster: tells forwarders what to do, and writes status.",
            "",
            "Every replica does the former, the one that holds the Lease does the latter. Connects like kubectl, or with"
                    + " the service account of its pod; starts without an API server and outlives it.",
            "",
            "In its container, the launcher's 'slb supervise operator' starts it again when it ends or hangs.",
            ""
        },
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class)
final class OperatorCommand implements Callable<Integer>, Main.Service {

    @Spec
    private CommandSpec spec;

    @Mixin
    private BindAddress bind;

    @Mixin
    private AdminBindAddress adminBind;

    @Mixin
    private InstanceName name;

    @Option(
            names = "--namespace",
            paramLabel = "NAME",
            defaultValue = "${env:POD_NAMESPACE}",
            description =
                    "where the forwarders' pods, the Lease and the Services are; default: $POD_NAMESPACE, else the"
                            + " namespace of the kubeconfig")
    private String namespace;

    @Option(
            names = "--watch-namespaces",
            paramLabel = "NAME",
            split = ",",
            description = "namespaces whose objects are served; default: all")
    private Set<String> watchedNamespaces = Set.of();

    @Option(
            names = "--plan",
            paramLabel = "ENDPOINT",
            defaultValue = "unix:/run/slb/plan.sock",
            description = "where forwarders get the plan, unix:/PATH or tcp:HOST:PORT; default: ${DEFAULT-VALUE}")
    private String plan;

    @Option(
            names = "--forwarder-labels",
            paramLabel = "KEY=VALUE",
            split = ",",
            defaultValue = "app.kubernetes.io/name=slb",
            description = "labels of the forwarders' pods; default: ${DEFAULT-VALUE}")
    private Map<String, String> forwarderLabels;

    @Option(
            names = "--forwarder-admin-port",
            paramLabel = "PORT",
            defaultValue = "9900",
            description = "where forwarders in pods report; default: ${DEFAULT-VALUE}")
    private int forwarderAdminPort;

    @Option(
            names = "--forwarder",
            paramLabel = "URL",
            description = "admin address of a forwarder that is in no pod, may be given several times")
    private List<URI> forwarders = List.of();

    @Option(
            names = "--health-port",
            paramLabel = "PORT",
            defaultValue = "9800",
            description = "where /healthz and /readyz are served; default: ${DEFAULT-VALUE}")
    private int healthPort;

    @Option(
            names = "--allowed-server-cidrs",
            paramLabel = "CIDR",
            split = ",",
            description = "networks that servers given by address may be in; default: none")
    private List<String> allowedServerCidrs = List.of();

    @Option(
            names = "--allowed-service-annotations",
            paramLabel = "PREFIX",
            split = ",",
            description =
                    "annotations that the Services of LoadBalancers may have, by what they begin with; default: none")
    private List<String> allowedServiceAnnotations = AllowedServices.DEFAULT.annotationPrefixes();

    @Option(
            names = "--allowed-service-types",
            paramLabel = "TYPE",
            split = ",",
            description =
                    "types that the Services of LoadBalancers may have: LoadBalancer, ClusterIP, NodePort; default:"
                            + " LoadBalancer,ClusterIP")
    private Set<ServiceType> allowedServiceTypes = AllowedServices.DEFAULT.types();

    @Option(
            names = "--allowed-load-balancer-classes",
            paramLabel = "NAME",
            split = ",",
            description = "classes that the Services of LoadBalancers may name; default: none")
    private Set<String> allowedLoadBalancerClasses = AllowedServices.DEFAULT.loadBalancerClasses();

    @Option(
            names = "--quota",
            paramLabel = "NAME=N",
            split = ",",
            description =
                    "listeners (50) and servers (200) per LoadBalancer, rules (40), cidrs (300) and sniCertificates (10)"
                            + " per Listener")
    private Map<String, Integer> quotas = Map.of();

    @Option(
            names = "--lease-name",
            paramLabel = "NAME",
            defaultValue = "slb-operator",
            description = "of the Lease; default: ${DEFAULT-VALUE}")
    private String leaseName;

    @Option(
            names = "--lease-seconds",
            paramLabel = "N",
            defaultValue = "15",
            description = "how long others wait for a holder that is silent; default: ${DEFAULT-VALUE}")
    private int leaseSeconds;

    @Option(
            names = "--lease-renew-seconds",
            paramLabel = "N",
            defaultValue = "10",
            description = "a holder that could not renew for so long stops writing; default: ${DEFAULT-VALUE}")
    private int leaseRenewSeconds;

    @Option(
            names = "--lease-retry-seconds",
            paramLabel = "N",
            defaultValue = "2",
            description = "how often the Lease is renewed or tried for; default: ${DEFAULT-VALUE}")
    private int leaseRetrySeconds;

    @Override
    public Integer call() throws CommandFailure, InterruptedException {
        ApiErrors errors = new ApiErrors();
        try (Termination termination = new Termination();
                KubernetesClient client = OperatorClient.create(errors);
                OperatorProcess operator = OperatorProcess.start(client, errors, options(client))) {
            termination.await();
            return 0;
        } catch (IOException e) {
            throw new CommandFailure(e.getMessage(), e);
        }
    }

    private OperatorOptions options(KubernetesClient client) throws CommandFailure {
        String own = namespace == null || namespace.isEmpty() ? client.getNamespace() : namespace;
        if (own == null) {
            throw new CommandFailure("which namespace is the operator's? Give --namespace");
        }
        String replica = name.get();
        return new OperatorOptions(
                replica,
                own,
                watchedNamespaces,
                Settings.cluster(
                        quotas(), allowedServerCidrs.stream().map(this::cidr).toList(), allowedServices()),
                endpoint(),
                forwarderLabels,
                forwarderAdminPort,
                forwarders,
                lease(own, replica),
                adminBind.withPort(healthPort, bind),
                Supervision.ofSystemProperties());
    }

    private SocketAddress endpoint() {
        try {
            return PlanEndpoint.parse(plan);
        } catch (IllegalArgumentException e) {
            throw wrong("--plan", e.getMessage());
        }
    }

    private Cidr cidr(String text) {
        return Cidr.parse(text).orElseThrow(() -> wrong("--allowed-server-cidrs", "not a network: " + text));
    }

    private AllowedServices allowedServices() {
        if (allowedServiceTypes.contains(ServiceType.Unknown)) {
            throw wrong("--allowed-service-types", "not a type: " + ServiceType.Unknown);
        }
        try {
            return new AllowedServices(allowedServiceTypes, allowedLoadBalancerClasses, allowedServiceAnnotations);
        } catch (IllegalArgumentException e) {
            throw wrong("--allowed-service-annotations", e.getMessage());
        }
    }

    private Quotas quotas() {
        Set<String> known = Set.of("listeners", "rules", "servers", "cidrs", "sniCertificates");
        quotas.forEach((quota, number) -> {
            if (!known.contains(quota) || number < 1) {
                throw wrong("--quota", "not a quota, or less than 1: " + quota + "=" + number);
            }
        });
        return new Quotas(
                quotas.getOrDefault("listeners", Quotas.SLB.listeners()),
                quotas.getOrDefault("rules", Quotas.SLB.rules()),
                quotas.getOrDefault("servers", Quotas.SLB.servers()),
                quotas.getOrDefault("cidrs", Quotas.SLB.cidrs()),
                quotas.getOrDefault("sniCertificates", Quotas.SLB.sniCertificates()));
    }

    private LeaseOptions lease(String own, String replica) {
        try {
            return new LeaseOptions(
                    own,
                    leaseName,
                    replica,
                    Duration.ofSeconds(leaseSeconds),
                    Duration.ofSeconds(leaseRenewSeconds),
                    Duration.ofSeconds(leaseRetrySeconds));
        } catch (IllegalArgumentException e) {
            throw wrong("--lease-renew-seconds", e.getMessage());
        }
    }

    private ParameterException wrong(String option, String message) {
        return new ParameterException(spec.commandLine(), "Invalid value for option '" + option + "': " + message);
    }
}
