package dev.slb.cli.playground;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * The pods that a cluster would make of manifests. Names are those that people expect: a Deployment's or ReplicaSet's pods
 * are {@code web}, {@code web-2}, {@code web-3}, a StatefulSet's {@code db-0}, {@code db-1}, a DaemonSet has one.
 */
final class PodTemplates {

    /** @param problems workloads that have no pods here, and why */
    record Result(List<Pod> pods, List<String> problems) {}

    private final List<Pod> pods = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private final Set<List<String>> names = new HashSet<>();

    private PodTemplates() {}

    static Result expand(Collection<? extends HasMetadata> objects) {
        PodTemplates expansion = new PodTemplates();
        objects.forEach(expansion::add);
        return new Result(List.copyOf(expansion.pods), List.copyOf(expansion.problems));
    }

    private void add(HasMetadata object) {
        String name = object.getMetadata().getName();
        if (object instanceof Pod pod) {
            add(object, name, pod.getMetadata(), pod.getSpec());
        } else if (object instanceof Deployment deployment && deployment.getSpec() != null) {
            addReplicas(
                    object,
                    deployment.getSpec().getTemplate(),
                    deployment.getSpec().getReplicas(),
                    i -> i == 0 ? name : name + "-" + (i + 1));
        } else if (object instanceof ReplicaSet set && set.getSpec() != null) {
            addReplicas(
                    object,
                    set.getSpec().getTemplate(),
                    set.getSpec().getReplicas(),
                    i -> i == 0 ? name : name + "-" + (i + 1));
        } else if (object instanceof StatefulSet set && set.getSpec() != null) {
            addReplicas(object, set.getSpec().getTemplate(), set.getSpec().getReplicas(), i -> name + "-" + i);
        } else if (object instanceof DaemonSet set && set.getSpec() != null) {
            addReplicas(object, set.getSpec().getTemplate(), 1, i -> name);
        }
    }

    private void addReplicas(HasMetadata owner, PodTemplateSpec template, Integer replicas, IntFunction<String> name) {
        if (template == null) {
            problems.add(describe(owner) + ": spec.template is missing");
            return;
        }
        int count = replicas == null ? 1 : replicas;
        for (int i = 0; i < count; i++) {
            add(owner, name.apply(i), template.getMetadata(), template.getSpec());
        }
    }

    private void add(HasMetadata owner, String name, ObjectMeta template, PodSpec spec) {
        String namespace = owner.getMetadata().getNamespace();
        if (spec == null) {
            problems.add(describe(owner) + ": the pod has no spec");
            return;
        }
        if (!names.add(List.of(namespace, name))) {
            problems.add(describe(owner) + ": there is a pod called " + namespace + "/" + name + " already");
            return;
        }
        Pod pod = new Pod();
        pod.setMetadata(new ObjectMeta());
        pod.getMetadata().setNamespace(namespace);
        pod.getMetadata().setName(name);
        pod.getMetadata().setLabels(template == null ? Map.of() : orEmpty(template.getLabels()));
        pod.getMetadata().setAnnotations(template == null ? Map.of() : orEmpty(template.getAnnotations()));
        pod.setSpec(spec);
        pods.add(pod);
    }

    private static Map<String, String> orEmpty(Map<String, String> map) {
        return map == null ? Map.of() : map;
    }

    static String describe(HasMetadata object) {
        return object.getKind() + " " + object.getMetadata().getNamespace() + "/"
                + object.getMetadata().getName();
    }
}
