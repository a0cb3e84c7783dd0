package dev.slb.cli.local;

import dev.slb.api.ServerReason;
import dev.slb.cli.local.Finding.Severity;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import dev.slb.source.ManifestSet;
import dev.slb.source.ObjectKey;
import dev.slb.source.Origin;
import dev.slb.source.Problem;
import dev.slb.translate.ResolvedServer;
import dev.slb.translate.Translation;
import dev.slb.translate.Verdict;
import io.fabric8.kubernetes.api.model.HasMetadata;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Everything that is wrong with manifests: what can't be read, and what translation says of the rest. */
final class Findings {

    private static final Comparator<Finding> ORDER = Comparator.comparing(
                    Finding::file, Comparator.nullsLast(Comparator.naturalOrder()))
            .thenComparingInt(Finding::line);

    /** A message is {@code Kind namespace/name: part; part}, a part {@code spec.field: what is wrong} or a text. */
    private static final Pattern PART = Pattern.compile("((?:spec|metadata)(?:\\.[^\\s:]+)?): (.*)");

    private static final String NOTHING = "accepted";
    /** That a Secret, or a ConfigMap in its place, is not among the objects. */
    private static final Pattern SECRET_NOT_FOUND =
            Pattern.compile("Secret \\S+ does not exist|neither ConfigMap nor Secret \\S+ exists");

    private static final String NAMED_POLICY = "spec.tls.policy: ";

    /** What manifests bring about, where others (not ready, no address yet) come and go. */
    private static final Set<ServerReason> BY_DESIGN = EnumSet.of(
            ServerReason.CrossRegion,
            ServerReason.RegionUnknown,
            ServerReason.AddressNotAllowed,
            ServerReason.OverQuota,
            ServerReason.NoSuchPort);

    private Findings() {}

    static List<Finding> of(ManifestSet set, Map<ObjectId, Translation> translations) {
        return of(set, translations, false);
    }

    /** @param secretsElsewhere whether a Secret or ConfigMap that is not among the objects is only worth a warning */
    static List<Finding> of(ManifestSet set, Map<ObjectId, Translation> translations, boolean secretsElsewhere) {
        List<Finding> findings = new ArrayList<>();
        set.problems().forEach(problem -> findings.add(of(problem)));
        for (HasMetadata object : set.objects()) {
            Kinds.ALL
                    .idOf(object)
                    .map(translations::get)
                    .ifPresent(translation -> add(set, object, translation, secretsElsewhere, findings));
        }
        findings.sort(ORDER);
        return findings;
    }

    private static Finding of(Problem problem) {
        ObjectKey object = problem.object();
        return new Finding(
                Severity.ERROR,
                problem.origin().file().toString(),
                problem.origin().line(),
                object == null ? null : object.kind(),
                object == null ? null : object.namespace(),
                object == null ? null : object.name(),
                problem.field().isEmpty() ? null : problem.field(),
                null,
                problem.message());
    }

    private static void add(
            ManifestSet set,
            HasMetadata object,
            Translation translation,
            boolean secretsElsewhere,
            List<Finding> findings) {
        ObjectKey key = ObjectKey.of(object);
        Optional<Origin> origin = set.origin(key);
        for (ResolvedServer server : translation.ownServers()) {
            if (!server.used() && BY_DESIGN.contains(server.reason())) {
                findings.add(new Finding(
                        server.reason() == ServerReason.RegionUnknown ? Severity.WARNING : Severity.ERROR,
                        origin.map(each -> each.file().toString()).orElse(null),
                        origin.map(Origin::line).orElse(0),
                        key.kind(),
                        key.namespace(),
                        key.name(),
                        translation.fieldOf(server),
                        server.reason().name(),
                        "server " + (server.pod() == null ? server.address() : server.pod()) + " is left out: "
                                + server.reason()));
            }
        }
        for (Verdict verdict : List.of(translation.accepted(), translation.resolvedRefs())) {
            for (String part : parts(key, verdict)) {
                Matcher field = PART.matcher(part);
                boolean hasField = field.matches();
                String message = hasField ? field.group(2) : part;
                boolean bad = !verdict.met()
                        && !(secretsElsewhere
                                && SECRET_NOT_FOUND.matcher(message).matches());
                findings.add(new Finding(
                        bad ? Severity.ERROR : Severity.WARNING,
                        origin.map(each -> each.file().toString()).orElse(null),
                        origin.map(Origin::line).orElse(0),
                        key.kind(),
                        key.namespace(),
                        key.name(),
                        hasField ? field.group(1) : null,
                        verdict.met() ? null : verdict.reason().name(),
                        message));
            }
        }
    }

    /** What a verdict says beyond "it is good": a good one may have notes. */
    private static List<String> parts(ObjectKey key, Verdict verdict) {
        String prefix = key + ": ";
        String message =
                verdict.message().startsWith(prefix) ? verdict.message().substring(prefix.length()) : verdict.message();
        List<String> parts = new ArrayList<>(List.of(message.split("; ")));
        if (verdict.met()) {
            // "accepted", then notes; of references that are all there is nothing to note.
            boolean notes = parts.remove(NOTHING);
            // Nobody can do anything about what a named policy is served without: the docs say it once.
            parts.removeIf(part -> part.startsWith(NAMED_POLICY));
            return notes ? parts : List.of();
        }
        return parts;
    }
}
