package dev.slb.testing;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** See {@link OnCluster}. */
final class OnClusterCondition implements ExecutionCondition {

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        String kubeconfig = System.getenv("KUBECONFIG");
        if (kubeconfig == null || kubeconfig.isEmpty()) {
            return skipped(context, "KUBECONFIG is not set");
        }
        Config config = Config.autoConfigure(null);
        config.setRequestRetryBackoffLimit(0);
        try (KubernetesClient client =
                new KubernetesClientBuilder().withConfig(config).build()) {
            String version = client.getKubernetesVersion().getGitVersion();
            return ConditionEvaluationResult.enabled("API server " + version);
        } catch (KubernetesClientException e) {
            return skipped(context, "the API server of KUBECONFIG does not answer: " + e.getMessage());
        }
    }

    private static ConditionEvaluationResult skipped(ExtensionContext context, String reason) {
        System.out.println("SKIPPED (cluster) " + context.getDisplayName() + ": " + reason);
        return ConditionEvaluationResult.disabled(reason);
    }
}
