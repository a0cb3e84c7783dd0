package dev.slb.cli.local;

import dev.slb.kind.ObjectId;
import dev.slb.plan.Secret;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The keys of sticky cookies, from one secret that is made once and kept in a file: so cookies survive a restart. Nothing is
 * read or made before a LoadBalancer needs a key.
 */
public final class CookieKeyFile implements Function<ObjectId, Optional<Secret>> {

    private static final Logger log = LoggerFactory.getLogger(CookieKeyFile.class);
    private static final String FILE = "cookie-key";
    private static final String ALGORITHM = "HmacSHA256";
    private static final int BYTES = 32;

    private final Path folder;
    private byte[] root;
    private String problem;

    private CookieKeyFile(Path folder) {
        this.folder = folder;
    }

    /** Keeps the secret in the file {@code cookie-key} of a folder, both of which are made when they are needed. */
    public static CookieKeyFile keptIn(Path folder) {
        return new CookieKeyFile(folder);
    }

    /** The user's folder for state: {@code $XDG_STATE_HOME/slb}, which is {@code ~/.local/state/slb} as a rule. */
    public static Path userFolder() {
        String state = System.getenv("XDG_STATE_HOME");
        Path home = state == null || state.isEmpty()
                ? Path.of(System.getProperty("user.home"), ".local", "state")
                : Path.of(state);
        return home.resolve("slb");
    }

    /** @return empty when the secret can neither be read nor made, which the log says: listeners that need it wait */
    @Override
    public synchronized Optional<Secret> apply(ObjectId loadBalancer) {
        try {
            if (root == null) {
                root = readOrMake();
                problem = null;
            }
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(root, ALGORITHM));
            byte[] key = mac.doFinal(loadBalancer.toString().getBytes(StandardCharsets.UTF_8));
            return Optional.of(new Secret(Base64.getEncoder().encodeToString(key)));
        } catch (IOException e) {
            String now =
                    "no key for cookies in " + folder + ", so listeners with CookieInsert or CookieRewrite wait: " + e;
            if (!now.equals(problem)) {
                log.error(now);
                problem = now;
            }
            return Optional.empty();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }

    private byte[] readOrMake() throws IOException {
        Path file = folder.resolve(FILE);
        if (!Files.exists(file)) {
            boolean posix = folder.getFileSystem().supportedFileAttributeViews().contains("posix");
            Files.createDirectories(folder, only(posix, "rwx------"));
            make(file, posix);
        }
        byte[] secret;
        try {
            secret = Base64.getDecoder().decode(Files.readString(file).strip());
        } catch (IllegalArgumentException e) {
            throw new IOException(file + " is not base64: remove it, and clients lose their servers once", e);
        }
        if (secret.length < BYTES) {
            throw new IOException(file + " is too short: remove it, and clients lose their servers once");
        }
        return secret;
    }

    /** Written aside and then put in place, so that nobody ever reads half a secret. */
    private void make(Path file, boolean posix) throws IOException {
        Path aside = folder.resolve(FILE + "." + ProcessHandle.current().pid());
        Files.deleteIfExists(aside);
        Files.createFile(aside, only(posix, "rw-------"));
        try {
            Files.writeString(aside, Base64.getEncoder().encodeToString(random()) + "\n", StandardOpenOption.WRITE);
            Files.createLink(file, aside);
        } catch (FileAlreadyExistsException e) {
            log.debug("another process was faster", e);
        } finally {
            Files.deleteIfExists(aside);
        }
    }

    private static FileAttribute<?>[] only(boolean posix, String permissions) {
        if (!posix) {
            return new FileAttribute<?>[0];
        }
        Set<PosixFilePermission> set = PosixFilePermissions.fromString(permissions);
        return new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(set)};
    }

    private static byte[] random() {
        byte[] bytes = new byte[BYTES];
        new SecureRandom().nextBytes(bytes);
        return bytes;
    }
}
