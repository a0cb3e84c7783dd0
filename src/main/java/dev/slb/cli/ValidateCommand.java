package dev.slb.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.slb.cli.local.Finding;
import dev.slb.cli.local.LocalBalancer;
import dev.slb.source.ManifestSet;
import dev.slb.source.Manifests;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code slb validate}. */
@Command(
        name = "validate",
        description = {
            "Says everything that is wrong with manifests: with file, object and field.",
            "",
            "Needs no cluster. Checks what an API server would (types, ranges, rules, and unknown fields), and what the"
                    + " operator would say of them together: references, certificates, port conflicts, quotas. Exits with 1 if anything"
                    + " is wrong.",
            ""
        },
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class)
final class ValidateCommand implements Callable<Integer> {

    private static final int FOUND_PROBLEMS = 1;

    /** How findings are written. */
    enum Output {
        TEXT,
        JSON
    }

    @Spec
    private CommandSpec spec;

    @Mixin
    private ManifestPaths manifests;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "text or json (an array of findings); default: ${DEFAULT-VALUE}")
    private Output output;

    @Option(
            names = "--secrets-elsewhere",
            description = "Secrets and ConfigMaps that are not in the files are only warned of, as in a Git repository"
                    + " that has none")
    private boolean secretsElsewhere;

    @Override
    public Integer call() throws JsonProcessingException {
        ManifestSet set = Manifests.read(manifests.paths());
        List<Finding> findings = LocalBalancer.validate(set, secretsElsewhere);
        PrintWriter out = spec.commandLine().getOut();
        if (output == Output.JSON) {
            out.println(new JsonMapper().writerWithDefaultPrettyPrinter().writeValueAsString(findings));
        } else {
            findings.forEach(out::println);
            long errors = findings.stream().filter(Finding::isError).count();
            out.println(count(set.objects().size(), "object") + " read, " + count(errors, "problem") + " found");
        }
        out.flush();
        return findings.stream().anyMatch(Finding::isError) ? FOUND_PROBLEMS : 0;
    }

    private static String count(long number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }
}
