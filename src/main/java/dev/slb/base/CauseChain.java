package dev.slb.base;

import java.util.function.Predicate;

/**
 * A throwable, its cause, the cause of that, and so on. No more of them are looked at than {@value #MOST}, as a chain may
 * bite its tail, and nothing is allocated, as memory may be what is lacking.
 */
public final class CauseChain {

    private static final int MOST = 100;

    private CauseChain() {}

    /** The last of the chain; null when the throwable is. */
    public static Throwable root(Throwable thrown) {
        Throwable root = thrown;
        for (int i = 0; i < MOST && root != null && root.getCause() != null; i++) {
            root = root.getCause();
        }
        return root;
    }

    /** The first of this type that is like this; null when none is. */
    public static <T extends Throwable> T first(Throwable thrown, Class<T> type, Predicate<? super T> like) {
        Throwable each = thrown;
        for (int i = 0; i <= MOST && each != null; i++) {
            if (type.isInstance(each) && like.test(type.cast(each))) {
                return type.cast(each);
            }
            each = each.getCause();
        }
        return null;
    }

    /** Whether one is like this. */
    public static boolean any(Throwable thrown, Predicate<Throwable> like) {
        return first(thrown, Throwable.class, like) != null;
    }
}
