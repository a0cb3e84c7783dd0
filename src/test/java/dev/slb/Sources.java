package dev.slb;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** What documents say of the code is looked up here, by simple names, so that a class may move to another package. */
final class Sources {

    static final Path MAIN = Path.of("src/main/java");

    private Sources() {}

    /** The class of this simple name, which must be the only one. */
    static Class<?> type(String simpleName) {
        List<Path> found =
                files(MAIN).filter(file -> file.endsWith(simpleName + ".java")).toList();
        assertThat(found).as("sources of %s", simpleName).hasSize(1);
        String path = MAIN.relativize(found.get(0)).toString();
        try {
            return Class.forName(
                    path.substring(0, path.length() - ".java".length()).replace('/', '.'),
                    false,
                    Sources.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    /** Whether a class or one that it extends declares such a method. */
    static boolean hasMethod(Class<?> type, String name) {
        return Stream.<Class<?>>iterate(type, each -> each != null, Class::getSuperclass)
                .flatMap(each -> Arrays.stream(each.getDeclaredMethods()))
                .anyMatch(method -> method.getName().equals(name));
    }

    /** All files below a folder, or the file itself. */
    static Stream<Path> files(Path root) {
        try (Stream<Path> walk = Files.walk(root)) {
            return walk.filter(Files::isRegularFile).sorted().toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
