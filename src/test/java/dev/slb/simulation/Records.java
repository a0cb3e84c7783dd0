package dev.slb.simulation;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** Copies of records and lists with one thing changed: what making a scenario smaller consists of. */
final class Records {

    private Records() {}

    /**
     * A copy with other values of some components.
     *
     * @param changes name and value, name and value, ...
     */
    static <R extends Record> R with(R record, Object... changes) {
        RecordComponent[] components = record.getClass().getRecordComponents();
        Object[] values = values(record);
        for (int i = 0; i < changes.length; i += 2) {
            values[place(components, changes[i])] = changes[i + 1];
        }
        return create(record, values);
    }

    /** The plain one in place of another, then the other with one component after the other as the plain one has it. */
    static <R extends Record> void towards(R plain, R other, Consumer<R> candidate) {
        if (other.equals(plain)) {
            return;
        }
        candidate.accept(plain);
        Object[] plainly = values(plain);
        for (int i = 0; i < plainly.length; i++) {
            Object[] values = values(other);
            if (!values[i].equals(plainly[i])) {
                values[i] = plainly[i];
                candidate.accept(create(other, values));
            }
        }
    }

    private static int place(RecordComponent[] components, Object name) {
        for (int i = 0; i < components.length; i++) {
            if (components[i].getName().equals(name)) {
                return i;
            }
        }
        throw new IllegalArgumentException("no component " + name);
    }

    private static Object[] values(Record record) {
        RecordComponent[] components = record.getClass().getRecordComponents();
        Object[] values = new Object[components.length];
        try {
            for (int i = 0; i < values.length; i++) {
                components[i].getAccessor().setAccessible(true);
                values[i] = components[i].getAccessor().invoke(record);
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
        return values;
    }

    @SuppressWarnings("unchecked")
    private static <R extends Record> R create(R like, Object[] values) {
        Class<?>[] types = Arrays.stream(like.getClass().getRecordComponents())
                .map(RecordComponent::getType)
                .toArray(Class<?>[]::new);
        try {
            return (R) like.getClass().getDeclaredConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    static <T> List<T> without(List<T> list, int index) {
        List<T> rest = new ArrayList<>(list);
        rest.remove(index);
        return List.copyOf(rest);
    }

    static <T> List<T> with(List<T> list, int index, T other) {
        List<T> changed = new ArrayList<>(list);
        changed.set(index, other);
        return List.copyOf(changed);
    }
}
