package dev.slb.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Reads as much of a tree as has the shape that its type asks for: what has not is left out, and said. The whole is tried first, so
 * that nothing is slower for what is well.
 *
 * @param value null when nothing of it could be read
 * @param problems what was left out, each as {@code field.path: what is wrong}, at most {@link #MAX_PROBLEMS}
 */
public record PartialReading<T>(T value, List<String> problems) {

    public static final int MAX_PROBLEMS = 20;

    private static final int MAX_SHOWN = 40;

    /** Reads a tree, which is left alone. */
    public interface Reader<T> {
        T read(JsonNode tree) throws IOException;
    }

    /** @param path of the tree, for the problems; empty for a whole object */
    public static <T> PartialReading<T> of(JsonNode tree, String path, Reader<T> reader) throws IOException {
        List<String> problems = new ArrayList<>();
        JsonNode rest = tree;
        while (true) {
            try {
                return new PartialReading<>(reader.read(rest), problems);
            } catch (JsonMappingException e) {
                rest = rest == tree ? tree.deepCopy() : rest;
                Part part = Part.of(e, rest, path);
                problems.add(part.where + ": " + problem(e, part.node));
                if (!part.leaveOut() || problems.size() == MAX_PROBLEMS) {
                    return new PartialReading<>(null, problems);
                }
            } catch (JsonProcessingException | RuntimeException e) {
                problems.add(path + ": can't be read");
                return new PartialReading<>(null, problems);
            }
        }
    }

    /** The deepest part of a tree that a failure names and that is there; without a parent it is the whole. */
    private record Part(JsonNode parent, JsonMappingException.Reference last, JsonNode node, String where) {

        static Part of(JsonMappingException failure, JsonNode tree, String path) {
            Part part = new Part(null, null, tree, path);
            for (JsonMappingException.Reference step : failure.getPath()) {
                boolean entry = step.getFieldName() == null;
                JsonNode next = entry ? part.node.path(step.getIndex()) : part.node.path(step.getFieldName());
                if (next.isMissingNode() || next.isNull()) {
                    break;
                }
                String name =
                        entry ? "[" + step.getIndex() + "]" : (part.where.isEmpty() ? "" : ".") + step.getFieldName();
                part = new Part(part.node, step, next, part.where + name);
            }
            return part;
        }

        /** Entries of lists become null, so that the others keep their places. */
        boolean leaveOut() {
            if (parent instanceof ObjectNode object) {
                object.remove(last.getFieldName());
            } else if (parent instanceof ArrayNode array) {
                array.setNull(last.getIndex());
            }
            return parent != null;
        }
    }

    private static String problem(JsonMappingException failure, JsonNode found) {
        Class<?> wanted = failure instanceof MismatchedInputException mismatch ? mismatch.getTargetType() : null;
        return (wanted == null ? "can't be read" : "must be " + describe(wanted)) + ", is " + describe(found);
    }

    private static String describe(Class<?> type) {
        if (type == Integer.class || type == Long.class || type == int.class || type == long.class) {
            return "a whole number";
        } else if (Number.class.isAssignableFrom(type)) {
            return "a number";
        } else if (type == Boolean.class || type == boolean.class) {
            return "true or false";
        } else if (type == String.class) {
            return "a text";
        }
        return Collection.class.isAssignableFrom(type)
                ? "a list"
                : Map.class.isAssignableFrom(type) ? "a map" : "an object";
    }

    private static String describe(JsonNode node) {
        return switch (node.getNodeType()) {
            case NUMBER, BOOLEAN -> shortened(node.asText());
            case STRING -> "a text";
            case ARRAY -> "a list";
            case OBJECT -> "an object";
            default -> "nothing";
        };
    }

    private static String shortened(String text) {
        return text.length() > MAX_SHOWN ? text.substring(0, MAX_SHOWN) + "..." : text;
    }
}
