package dev.slb;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.slb.testing.Processes;
import dev.slb.testing.Sockets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.platform.commons.support.AnnotationSupport;

import java.lang.annotation.Annotation;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** Which tests need sockets or start processes: told by what they name, not by what somebody remembered. */
class TiersTest {

    private enum Tier {
        SOCKETS(
                Sockets.class,
                "java\\.net\\.((Server|Datagram|Multicast)?Socket|\\w*URLConnection|http\\..*)",
                "java\\.nio\\.channels\\.\\w*(Socket|Datagram)Channel",
                "javax\\.net\\..*Socket(Factory)?",
                "com\\.sun\\.net\\.httpserver\\..*",
                "io\\.netty\\.bootstrap\\..*",
                "io\\.netty\\.channel\\.(nio|epoll|uring|kqueue|unix|socket\\.nio)\\..*(IoHandler|Channel|Socket)",
                "io\\.grpc\\.netty\\..*",
                "io\\.fabric8\\.kubernetes\\.client\\.(KubernetesClientBuilder|server\\.mock\\..*)",
                Pattern.quote(Sources.type("Forwarder").getName()),
                Pattern.quote(Sources.type("Transport").getName())),
        PROCESSES(Processes.class, "java\\.lang\\.ProcessBuilder");

        private final Class<? extends Annotation> tag;
        private final Pattern signs;

        Tier(Class<? extends Annotation> tag, String... signs) {
            this.tag = tag;
            this.signs = Pattern.compile(String.join("|", signs));
        }
    }

    @ParameterizedTest
    @EnumSource
    void testsThatBelongToItSaySo(Tier tier) {
        JavaClasses classes = testClasses();
        Set<String> silent = new TreeSet<>();
        Set<String> needless = new TreeSet<>();
        for (JavaClass each : classes) {
            if (!isTest(each)) {
                continue;
            }
            boolean tagged = AnnotationSupport.isAnnotated(each.reflect(), tier.tag);
            Optional<String> way = way(each, tier.signs, classes);
            if (way.isPresent() && !tagged) {
                silent.add(each.getPackageName() + ": " + way.get());
            } else if (way.isEmpty() && tagged) {
                needless.add(each.getName());
            }
        }
        assertThat(silent)
                .as("tests without the tag, and how they come to need it")
                .isEmpty();
        assertThat(needless).as("tests with the tag that do not need it").isEmpty();
    }

    /** Of what they name only the names are wanted: without reading all that, this takes a second. */
    private static JavaClasses testClasses() {
        return ArchConfiguration.withThreadLocalScope(configuration -> {
            configuration.setResolveMissingDependenciesFromClassPath(false);
            return new ClassFileImporter()
                    .withImportOption(new ImportOption.OnlyIncludeTests())
                    .importPackages("dev.slb");
        });
    }

    /** As surefire finds them: a class that others extend is none of its own. */
    private static boolean isTest(JavaClass type) {
        return type.isTopLevelClass() && Stream.of("Test", "IT").anyMatch(type.getSimpleName()::endsWith);
    }

    /** The shortest, through what a test names, its own nested classes, and what these name, as far as it is test code. */
    private static Optional<String> way(JavaClass test, Pattern signs, JavaClasses classes) {
        Map<JavaClass, String> ways = new HashMap<>();
        Deque<JavaClass> open = new ArrayDeque<>();
        Stream.concat(
                        Stream.of(test),
                        classes.stream().filter(each -> each.getName().startsWith(test.getName() + "$")))
                .forEach(each -> {
                    ways.put(each, each.getSimpleName());
                    open.add(each);
                });
        while (!open.isEmpty()) {
            JavaClass type = open.remove();
            List<JavaClass> named = type.getDirectDependenciesFromSelf().stream()
                    .map(Dependency::getTargetClass)
                    .map(JavaClass::getBaseComponentType)
                    .toList();
            for (JavaClass each : named) {
                if (signs.matcher(each.getName()).matches()) {
                    return Optional.of(ways.get(type) + ", " + each.getName());
                }
                if (classes.contain(each.getName()) && !ways.containsKey(each)) {
                    ways.put(each, ways.get(type) + ", " + each.getSimpleName());
                    open.add(each);
                }
            }
        }
        return Optional.empty();
    }
}
