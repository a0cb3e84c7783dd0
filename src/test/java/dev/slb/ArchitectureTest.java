package dev.slb;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.slb.api.ApiObject;
import dev.slb.api.ApiStatus;
import dev.slb.plan.SchedulerType;
import dev.slb.plan.Secret;
import dev.slb.translate.Translation;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameEndingWith;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

/** The walls between the stages of the pipeline, see docs/architecture.md. */
@AnalyzeClasses(packages = "dev.slb", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String NETTY = "io.netty..";
    private static final String FABRIC8 = "io.fabric8..";
    private static final String JOSDK = "io.javaoperatorsdk..";
    private static final String FORWARDER = "dev.slb.forwarder..";

    @ArchTest
    static final ArchRule whatEverybodyMayUseKnowsOnlyTheJdk = classes()
            .that()
            .resideInAPackage("dev.slb.base..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("dev.slb.base..", "java..");

    @ArchTest
    static final ArchRule theAdminPortKnowsOnlyTheJdk = classes()
            .that()
            .resideInAPackage("dev.slb.admin..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("dev.slb.admin..", "dev.slb.base..", "java..");

    @ArchTest
    static final ArchRule planKnowsOnlyTheJdkAndJackson = classes()
            .that()
            .resideInAPackage("dev.slb.plan..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("dev.slb.plan..", "dev.slb.base..", "java..", "com.fasterxml.jackson..");

    @ArchTest
    static final ArchRule certificatesKnowOnlyTheJdkAndBouncyCastle = classes()
            .that()
            .resideInAPackage("dev.slb.certificate..")
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage(
                            "dev.slb.certificate..", "java..", "javax.security.auth.x500..", "org.bouncycastle..")
                    .or(type(Secret.class)));

    @ArchTest
    static final ArchRule onlyCertificatesKnowBouncyCastle = noClasses()
            .that()
            .resideOutsideOfPackage("dev.slb.certificate..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.bouncycastle..");

    @ArchTest
    static final ArchRule distributionKnowsOnlyPlanReports = classes()
            .that()
            .resideInAPackage("dev.slb.distribution..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "dev.slb.distribution..",
                    "dev.slb.plan..",
                    "java..",
                    "com.fasterxml.jackson..",
                    "org.apache.commons.numbers..");

    @ArchTest
    static final ArchRule translationIsPure = noClasses()
            .that()
            .resideInAnyPackage("dev.slb.translate..", "dev.slb.kind..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    NETTY,
                    JOSDK,
                    "io.fabric8.kubernetes.client..",
                    "java.io..",
                    "java.nio.file..",
                    "java.net.http..",
                    "java.util.concurrent..",
                    "dev.slb.control..",
                    "dev.slb.source..",
                    "dev.slb.operator..",
                    "dev.slb.delivery..",
                    "dev.slb.forwarder..",
                    "dev.slb.cli..");

    @ArchTest
    static final ArchRule translationHasNoClock = noClasses()
            .that()
            .resideInAnyPackage("dev.slb.translate..", "dev.slb.kind..")
            .should()
            .callMethod(java.time.Instant.class, "now")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime");

    /** The rest are threads and tools beside it, logs that nobody configures, and keys that must not be foreseen. */
    @ArchTest
    static final ArchRule theForwarderHasItsTimeAndItsChanceFromOnePlace = noClasses()
            .that()
            .resideInAPackage("dev.slb.forwarder..")
            .and()
            .haveNameNotMatching(".*\\.(TimeSource(\\$.*)?|PacedLog|AccessLog|TicketKeys)")
            .should()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .dependOnClassesThat()
            .haveNameMatching(
                    "java\\.util\\.concurrent\\.ThreadLocalRandom|java\\.security\\.SecureRandom|java\\.time\\.Clock");

    @ArchTest
    static final ArchRule onlyKindsTranslateAndMakeStatuses = noClasses()
            .that()
            .resideOutsideOfPackages("dev.slb.translate..", "dev.slb.kind..")
            .should()
            .dependOnClassesThat()
            .haveSimpleNameEndingWith("Translator")
            .orShould()
            .dependOnClassesThat()
            .haveSimpleNameEndingWith("StatusFactory");

    @ArchTest
    static final ArchRule theWorldKnowsNobodyWhoTranslatesIt = noClasses()
            .that()
            .resideInAPackage("dev.slb.control.world..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.slb.control");

    @ArchTest
    static final ArchRule nobodyAsksAnObjectForItsKindButTheKinds = classes()
            .that()
            .resideOutsideOfPackage("dev.slb.kind..")
            .should(new ArchCondition<>("not tell kinds apart by instanceof") {
                @Override
                public void check(JavaClass each, ConditionEvents events) {
                    each.getInstanceofChecks().stream()
                            .filter(check -> isOfOneKind(check.getRawType()))
                            .forEach(check -> events.add(SimpleConditionEvent.violated(
                                    each, check.getRawType().getName() + " in " + check.getSourceCodeLocation())));
                }
            });

    private static boolean isOfOneKind(JavaClass type) {
        return Stream.of(ApiObject.class, ApiStatus.class, Translation.class)
                .anyMatch(all -> type.isAssignableTo(all) && !type.isEquivalentTo(all));
    }

    @ArchTest
    static final ArchRule theForwarderKnowsNoKubernetes = noClasses()
            .that()
            .resideInAPackage("dev.slb.forwarder..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    FABRIC8,
                    JOSDK,
                    "dev.slb.api..",
                    "dev.slb.translate..",
                    "dev.slb.kind..",
                    "dev.slb.control..",
                    "dev.slb.source..",
                    "dev.slb.operator..",
                    "dev.slb.delivery..",
                    "dev.slb.cli..");

    @ArchTest
    static final ArchRule onlyDeliveryAndTheCommandLineSeeBothSides = noClasses()
            .that()
            .resideOutsideOfPackages("dev.slb.forwarder..", "dev.slb.delivery..", "dev.slb.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.slb.forwarder..");

    @ArchTest
    static final ArchRule whatFilesModeSharesKnowsNoFramework = noClasses()
            .that()
            .resideInAnyPackage("dev.slb.control..", "dev.slb.source..", "dev.slb.api..", "dev.slb.kind..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(JOSDK, NETTY);

    @ArchTest
    static final ArchRule nothingDependsOnTheCommandLine = noClasses()
            .that()
            .resideOutsideOfPackage("dev.slb.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.slb.cli..");

    @ArchTest
    static final ArchRule stagesFormNoCycle =
            slices().matching("dev.slb.(*)..").should().beFreeOfCycles();

    /** A package is one thing, whatever is below it another. */
    @ArchTest
    static final ArchRule packagesFormNoCycle =
            slices().matching("dev.slb.(**)").should().beFreeOfCycles();

    /** Looked up in the sources: the compiler leaves no trace of a package-info without annotations. */
    @ArchTest
    static void everyPackageSaysWhatItIs(JavaClasses classes) {
        SortedSet<String> silent = new TreeSet<>();
        for (JavaClass each : classes) {
            Path info = Sources.MAIN
                    .resolve(each.getPackageName().replace('.', '/'))
                    .resolve("package-info.java");
            if (!Files.exists(info) || !Sources.lines(info).get(0).startsWith("/**")) {
                silent.add(each.getPackageName());
            }
        }
        assertThat(silent)
                .as("packages without a package-info that says what they are")
                .isEmpty();
    }

    /** What is below a room is a part of it. */
    @ArchTest
    static void roomsOfTheForwarderKnowOnlyThoseBelow(JavaClasses classes) {
        assertNobodyLooksUp("## The rooms of the forwarder", "dev.slb.forwarder", classes);
    }

    @ArchTest
    static void roomsOfLayer7KnowOnlyThoseBelow(JavaClasses classes) {
        assertNobodyLooksUp("### The rooms of layer 7", "dev.slb.forwarder.l7", classes);
    }

    private static void assertNobodyLooksUp(String heading, String root, JavaClasses classes) {
        Map<String, Integer> rows = rows(heading, root);
        SortedSet<String> homeless = new TreeSet<>();
        SortedSet<String> up = new TreeSet<>();
        for (JavaClass each : classes.that(resideInAPackage(root + ".."))) {
            String room = room(each, root, rows);
            if (room == null) {
                homeless.add(each.getPackageName());
                continue;
            }
            each.getDirectDependenciesFromSelf().stream()
                    .map(dependency -> dependency.getTargetClass().getBaseComponentType())
                    .filter(target -> {
                        String other = room(target, root, rows);
                        return other != null && rows.get(other) < rows.get(room);
                    })
                    .forEach(target -> up.add(each.getName() + " knows " + target.getName()));
        }
        assertThat(homeless).as("packages that are no rooms of %s", heading).isEmpty();
        assertThat(up).as("who looks up, by %s", heading).isEmpty();
    }

    /** The room is the package itself, or the nearest above it, but for the root, which is one without what is below it. */
    private static String room(JavaClass type, String root, Map<String, Integer> rows) {
        String name = type.getPackageName();
        while (!rows.containsKey(name)) {
            name = name.substring(0, Math.max(0, name.lastIndexOf('.')));
            if (name.length() <= root.length()) {
                return null;
            }
        }
        return name;
    }

    /** The packages in the first column of the table of docs/architecture.md below this heading, and in which row each is. */
    private static Map<String, Integer> rows(String heading, String root) {
        List<String> rows = Sources.lines(Path.of("docs/architecture.md")).stream()
                .dropWhile(line -> !line.equals(heading))
                .dropWhile(line -> !line.startsWith("| `"))
                .takeWhile(line -> line.startsWith("| `"))
                .toList();
        Map<String, Integer> byPackage = new TreeMap<>();
        for (int row = 0; row < rows.size(); row++) {
            Matcher name = Pattern.compile("`([\\w.]+)`").matcher(rows.get(row).split("\\|")[1]);
            while (name.find()) {
                String parent = name.group(1).startsWith("l7.") ? "dev.slb.forwarder" : root;
                byPackage.put(root.endsWith("." + name.group(1)) ? root : parent + "." + name.group(1), row);
            }
        }
        assertThat(byPackage).as("rooms below %s", heading).containsKey(root);
        return byPackage;
    }

    /** No socket, no channel, no loop: text in buffers, and what is refused of it. */
    @ArchTest
    static final ArchRule headsKnowNoConnection = classes()
            .that()
            .resideInAPackage("dev.slb.forwarder.l7.head..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("dev.slb.forwarder.l7.head..", "dev.slb.base..", "java..", "io.netty.buffer..");

    @ArchTest
    static final ArchRule http1DoesNotKnowHttp2 = noClasses()
            .that()
            .resideInAPackage("dev.slb.forwarder.l7.http1..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.slb.forwarder.l7.http2..", "io.netty.handler.codec.http2..");

    @ArchTest
    static final ArchRule http2DoesNotKnowHttp1 = noClasses()
            .that()
            .resideInAPackage("dev.slb.forwarder.l7.http2..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.slb.forwarder.l7.http1..");

    @ArchTest
    static final ArchRule anExchangeKnowsNeither = noClasses()
            .that()
            .resideInAPackage("dev.slb.forwarder.l7.exchange..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.slb.forwarder.l7.http1..", "dev.slb.forwarder.l7.http2..", "io.netty.handler.codec.http2..");

    @ArchTest
    static final ArchRule plansAreDocuments = classes()
            .that()
            .haveSimpleNameEndingWith("Plan")
            .should()
            .resideInAPackage("dev.slb.plan")
            .andShould()
            .beRecords();

    @ArchTest
    static final ArchRule tablesOfTheForwarderAreImmutable = classes()
            .that()
            .resideInAPackage(FORWARDER)
            .and()
            .haveSimpleNameEndingWith("Table")
            .should()
            .haveOnlyFinalFields();

    @ArchTest
    static final ArchRule runtimesAreWhatEventLoopsSee = classes()
            .that()
            .resideInAPackage(FORWARDER)
            .and()
            .haveSimpleNameEndingWith("Runtime")
            .should()
            .resideInAnyPackage("dev.slb.forwarder.table", "dev.slb.forwarder.l7.route");

    @ArchTest
    static final ArchRule onlyTheControlThreadHasControls = noClasses()
            .that()
            .resideInAPackage(FORWARDER)
            .and()
            .resideOutsideOfPackages("dev.slb.forwarder.serve", "dev.slb.forwarder.report")
            .should()
            .haveSimpleNameEndingWith("Control")
            .orShould()
            .dependOnClassesThat(resideInAPackage(FORWARDER).and(simpleNameEndingWith("Control")));

    @ArchTest
    static final ArchRule noOtherSuffixTellsHowLongSomethingLives = noClasses()
            .that()
            .resideInAnyPackage("dev.slb.forwarder.serve", "dev.slb.forwarder.table")
            .should()
            .haveSimpleNameEndingWith("State")
            .orShould()
            .haveSimpleNameEndingWith("Service")
            .orShould()
            .haveSimpleNameEndingWith("Manager");

    /** The default is all that may be named: what else a scheduler is, its type tells. */
    @ArchTest
    static final ArchRule onlyWhoMakesPickersTellsSchedulersApart = noClasses()
            .that()
            .haveNameNotMatching("dev\\.slb\\.(plan\\.SchedulerType|forwarder\\.serve\\.Schedulers)(\\$.*)?")
            .should()
            .accessFieldWhere(target(owner(type(SchedulerType.class)))
                    .and(target(not(nameMatching("WRR"))))
                    .as("a scheduler other than the default is named"));

    /** Who reads a name has to know what is meant, wherever it stands. */
    @ArchTest
    static void noTwoClassesHaveOneName(JavaClasses classes) {
        Map<String, List<String>> byName = classes.stream()
                .filter(JavaClass::isTopLevelClass)
                .filter(each -> !each.getSimpleName().equals("package-info"))
                .collect(Collectors.groupingBy(
                        JavaClass::getSimpleName,
                        TreeMap::new,
                        Collectors.mapping(JavaClass::getName, Collectors.toList())));
        byName.values().removeIf(names -> names.size() == 1);
        assertThat(byName).as("classes with one simple name").isEmpty();
    }

    @ArchTest
    static final ArchRule noStaticMutableState = com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields()
            .that()
            .areStatic()
            .and()
            .areDeclaredInClassesThat()
            .resideInAPackage("dev.slb..")
            .should()
            .beFinal();
}
