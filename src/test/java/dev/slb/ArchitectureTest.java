package dev.slb;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

/** The walls between the stages of the pipeline, see docs/architecture.md. */
@AnalyzeClasses(packages = "dev.slb", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String NETTY = "io.netty..";
    private static final String FABRIC8 = "io.fabric8..";
    private static final String JOSDK = "io.javaoperatorsdk..";

    @ArchTest
    static final ArchRule planKnowsOnlyTheJdkAndJackson = classes()
            .that()
            .resideInAPackage("dev.slb.plan..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("dev.slb.plan..", "java..", "com.fasterxml.jackson..");

    @ArchTest
    static final ArchRule certificatesKnowOnlyTheJdkAndBouncyCastle = classes()
            .that()
            .resideInAPackage("dev.slb.certificate..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "dev.slb.certificate..",
                    "dev.slb.plan..",
                    "java..",
                    "javax.security.auth.x500..",
                    "org.bouncycastle..");

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
            .resideInAPackage("dev.slb.translate..")
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
            .resideInAPackage("dev.slb.translate..")
            .should()
            .callMethod(java.time.Instant.class, "now")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime");

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
            .resideInAnyPackage("dev.slb.control..", "dev.slb.source..", "dev.slb.api..")
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
    static final ArchRule packagesFormNoCycle =
            slices().matching("dev.slb.(*)..").should().beFreeOfCycles();

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
