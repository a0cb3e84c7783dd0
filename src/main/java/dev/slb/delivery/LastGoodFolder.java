package dev.slb.delivery;

import dev.slb.base.Sha256;
import dev.slb.plan.DocumentId;
import dev.slb.plan.WrittenPlan;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Documents on disk, one file each: a line with the SHA-256 of the next, and the document as it was sent, so that its version is known
 * from it. Documents hold secrets, so only the owner may read the files. A write is there as a whole or not at all, after a crash too.
 */
final class LastGoodFolder {

    private static final Logger log = LoggerFactory.getLogger(LastGoodFolder.class);

    private static final String SUFFIX = ".json";
    private static final String TEMPORARY = ".tmp";
    private static final String WHOLE = "whole";

    /** By the version of the plan: a set of another can be read in parts at best, whichever of the two is the newer. */
    private static final String WHOLE_OF_THIS_VERSION = WHOLE + "-" + PlanMessage.PROTOCOL;

    /** A file name has at most 255 bytes; a longer one gets a hash in place of the object's name. */
    private static final int MAX_NAME = 200;

    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final Path folder;

    /** @throws IOException when there is no such folder and none can be made */
    LastGoodFolder(Path folder) throws IOException {
        this.folder = folder;
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
    }

    /** Every document that can be read and is valid, sorted by id. What can't is named in the log and left out. */
    List<WrittenPlan<?>> load() throws IOException {
        List<WrittenPlan<?>> plans = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
            for (Path file : files) {
                try {
                    plans.add(read(file));
                } catch (IOException | IllegalArgumentException e) {
                    log.error("{} is left out of the last good set: {}", file, e.getMessage());
                }
            }
        }
        plans.sort(Comparator.comparing(WrittenPlan::id));
        return plans;
    }

    private static WrittenPlan<?> read(Path file) throws IOException {
        String text = Files.readString(file);
        int end = text.indexOf('\n');
        if (end < 0 || !text.endsWith("\n")) {
            throw new IOException("it is cut off");
        }
        String json = text.substring(end + 1, Math.max(end + 1, text.length() - 1));
        if (!text.substring(0, end).equals(Sha256.hex(json))) {
            throw new IOException("its content does not match its checksum");
        }
        WrittenPlan<?> plan = WrittenPlan.read(json, null);
        List<String> problems = plan.document().validate();
        if (!problems.isEmpty()) {
            throw new IOException("it is not valid: " + String.join("; ", problems));
        }
        return plan;
    }

    void write(WrittenPlan<?> plan) throws IOException {
        byte[] content = (Sha256.hex(plan.json()) + "\n" + plan.json() + "\n").getBytes(StandardCharsets.UTF_8);
        Path file = folder.resolve(fileName(plan.id()));
        Path temporary = folder.resolve(fileName(plan.id()) + TEMPORARY);
        Files.deleteIfExists(temporary);
        try (FileChannel channel = FileChannel.open(
                temporary, EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), OWNER_ONLY)) {
            ByteBuffer buffer = ByteBuffer.wrap(content);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        forceFolder();
    }

    /** Remembers that everything of a whole delivery is here. */
    void markWhole() throws IOException {
        if (!isWhole()) {
            try (DirectoryStream<Path> others = Files.newDirectoryStream(folder, WHOLE + "*")) {
                for (Path other : others) {
                    Files.delete(other);
                }
            }
            Files.createFile(folder.resolve(WHOLE_OF_THIS_VERSION), OWNER_ONLY);
            forceFolder();
        }
    }

    /** Whether everything of some whole delivery was here once, and changes since. */
    boolean isWhole() {
        return Files.exists(folder.resolve(WHOLE_OF_THIS_VERSION));
    }

    void delete(DocumentId id) throws IOException {
        if (Files.deleteIfExists(folder.resolve(fileName(id)))) {
            forceFolder();
        }
    }

    /** Deletes every other file of the set, unreadable ones and leftovers of interrupted writes included. */
    void retain(Collection<DocumentId> ids) throws IOException {
        Set<String> names = ids.stream().map(LastGoodFolder::fileName).collect(Collectors.toSet());
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*{" + SUFFIX + "," + TEMPORARY + "}")) {
            for (Path file : files) {
                if (!names.contains(file.getFileName().toString())) {
                    Files.delete(file);
                }
            }
        }
        forceFolder();
    }

    /** Makes renames and deletions durable. */
    private void forceFolder() throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static String fileName(DocumentId id) {
        String name = id.toString().replace('/', '.');
        return (name.length() <= MAX_NAME ? name : id.kind().text() + "." + Sha256.hex(name)) + SUFFIX;
    }
}
