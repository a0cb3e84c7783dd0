package dev.slb.control.world;

import dev.slb.api.ApiObject;
import dev.slb.kind.Needs;
import dev.slb.kind.ObjectId;
import dev.slb.kind.ObjectKind;
import io.fabric8.kubernetes.api.model.HasMetadata;

import java.util.Objects;

/**
 * An object, with what its kind has to say of it.
 *
 * @param recorded see {@link ObjectKind#recorded}
 * @param outline see {@link ObjectKind#outline}
 * @param claim see {@link ObjectKind#claim}
 */
record WorldObject(ObjectId id, ApiObject<?, ?> object, Needs needs, Object recorded, Object outline, Object claim) {

    /** @throws ClassCastException when the object is of another kind */
    static <T extends ApiObject<?, ?>> WorldObject of(ObjectKind<T, ?> kind, HasMetadata object) {
        T typed = kind.type().cast(object);
        return new WorldObject(
                kind.id(typed), typed, kind.needs(typed), kind.recorded(typed), kind.outline(typed), kind.claim(typed));
    }

    /** Status is ours and says nothing new, but for what is recorded there, by another process perhaps. */
    boolean saysTheSameAs(WorldObject other) {
        return Objects.equals(object.getSpec(), other.object.getSpec())
                && object.unreadable().equals(other.object.unreadable())
                && Objects.equals(
                        object.getMetadata().getGeneration(),
                        other.object.getMetadata().getGeneration())
                && Objects.equals(
                        object.getMetadata().getUid(),
                        other.object.getMetadata().getUid())
                && Objects.equals(recorded, other.recorded);
    }

    /** Null for none: one that comes or goes takes or leaves something. */
    static boolean leaveOthersTheirShare(WorldObject before, WorldObject after) {
        return looksTheSame(before, after)
                && Objects.equals(before.claim, after.claim)
                && before.needs.loadBalancers().equals(after.needs.loadBalancers());
    }

    /** To others. Null for none. */
    static boolean looksTheSame(WorldObject before, WorldObject after) {
        return before != null && after != null && Objects.equals(before.outline, after.outline);
    }

    boolean isVersion(String resourceVersion) {
        return Objects.equals(object.getMetadata().getResourceVersion(), resourceVersion);
    }
}
