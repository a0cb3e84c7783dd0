package dev.slb.delivery;

import java.io.IOException;
import java.net.BindException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The file of a listening Unix socket. It is bound under another name, gets its mode, and is then moved into place: a
 * file that a dead process left is replaced in one step, and nobody can connect before the mode is right.
 */
final class UnixSocketFile {

    private final Path path;
    private final Path temporary;
    private Object fileKey;

    UnixSocketFile(Path path) {
        this.path = path.toAbsolutePath();
        this.temporary = this.path.resolveSibling(this.path.getFileName() + "~");
    }

    UnixDomainSocketAddress address() {
        return UnixDomainSocketAddress.of(path);
    }

    UnixDomainSocketAddress temporaryAddress() {
        return UnixDomainSocketAddress.of(temporary);
    }

    /** @throws BindException when a live process serves at the path */
    void prepare() throws IOException {
        Files.createDirectories(path.getParent());
        if (Files.exists(path) && isServed()) {
            throw new BindException("another process serves the plan at " + path);
        }
        Files.deleteIfExists(temporary);
    }

    private boolean isServed() {
        try (SocketChannel probe = SocketChannel.open(address())) {
            return probe.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /** Owner and group may connect: the containers of a pod share a group, not always a user. */
    void publish() throws IOException {
        Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rw-rw----"));
        fileKey = Files.readAttributes(temporary, BasicFileAttributes.class).fileKey();
        Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Removes the file, unless a successor has put its own there. */
    void remove() {
        try {
            if (fileKey != null
                    && fileKey.equals(Files.readAttributes(path, BasicFileAttributes.class)
                            .fileKey())) {
                Files.delete(path);
            }
        } catch (IOException e) {
            // Gone already, or the volume is: a file that stays is replaced at the next start.
        }
    }
}
