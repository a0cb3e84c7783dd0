package dev.slb.cli.local;

import dev.slb.control.FilesControl;
import dev.slb.forwarder.Forwarder;
import dev.slb.forwarder.ForwarderOptions;
import dev.slb.kind.ObjectId;
import dev.slb.plan.DocumentId;
import dev.slb.plan.PlanSink;
import dev.slb.plan.Secret;
import dev.slb.plan.WrittenPlan;
import dev.slb.source.ManifestSet;
import dev.slb.translate.Settings;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Serves manifests: control plane and forwarder of one process. */
public final class LocalBalancer implements AutoCloseable {

    private final Forwarder forwarder;
    private final FilesControl control;

    private LocalBalancer(Forwarder forwarder, Function<ObjectId, Optional<Secret>> cookieKeys) {
        this.forwarder = forwarder;
        this.control = new FilesControl(Settings.files(), forwarder, cookieKeys);
    }

    /**
     * @param cookieKeys as {@link FilesControl} asks for them
     * @throws IllegalStateException when the transport that was asked for does not work here
     */
    public static LocalBalancer start(ForwarderOptions options, Function<ObjectId, Optional<Secret>> cookieKeys) {
        return new LocalBalancer(Forwarder.start(options), cookieKeys);
    }

    /**
     * What is wrong with manifests, without serving them.
     *
     * @param secretsElsewhere whether a Secret or ConfigMap that is not among them is only worth a warning
     */
    public static List<Finding> validate(ManifestSet set, boolean secretsElsewhere) {
        try (FilesControl control = new FilesControl(Settings.files(), new Nowhere())) {
            control.update(set.objects(), Set.of());
            return Findings.of(set, control.translations(), secretsElsewhere);
        }
    }

    /**
     * Serves what the files say now.
     *
     * @param pods that take the place of those in the files, or null
     */
    public List<Finding> update(ManifestSet set, Collection<Pod> pods) {
        List<HasMetadata> objects = new ArrayList<>();
        for (HasMetadata object : set.objects()) {
            if (pods == null || !(object instanceof Pod)) {
                objects.add(object);
            }
        }
        if (pods != null) {
            objects.addAll(pods);
        }
        control.update(objects, Set.of());
        return Findings.of(set, control.translations());
    }

    /** Takes note of certificates that begin to count or expire; to be called every few seconds. */
    public void reviewCertificates() {
        control.reviewCertificates();
    }

    public View view() {
        return Views.of(control.plans(), forwarder.report(), forwarder.stats());
    }

    public Forwarder forwarder() {
        return forwarder;
    }

    @Override
    public void close() {
        control.close();
        forwarder.close();
    }

    private static final class Nowhere implements PlanSink {
        @Override
        public void begin() {}

        @Override
        public void publish(WrittenPlan<?> plan) {}

        @Override
        public void keep(DocumentId id) {}

        @Override
        public void withdraw(DocumentId id) {}

        @Override
        public void synced() {}
    }
}
