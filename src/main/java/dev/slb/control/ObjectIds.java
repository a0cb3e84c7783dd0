package dev.slb.control;

import dev.slb.api.Listener;
import dev.slb.api.LoadBalancer;
import dev.slb.api.MasterSlaveGroup;
import dev.slb.api.VServerGroup;
import dev.slb.plan.DocumentId;
import io.fabric8.kubernetes.api.model.HasMetadata;

import java.util.List;

/** An object is known by the id of its main document: {@code listener/shop/web} is the Listener {@code shop/web} too. */
public final class ObjectIds {

    private ObjectIds() {}

    /** Whether the object is of one of the four kinds. */
    public static boolean isTranslated(HasMetadata object) {
        return object instanceof LoadBalancer
                || object instanceof Listener
                || object instanceof VServerGroup
                || object instanceof MasterSlaveGroup;
    }

    /** @throws IllegalArgumentException when the object is of none of the four kinds */
    public static DocumentId of(HasMetadata object) {
        String namespace = object.getMetadata().getNamespace();
        String name = object.getMetadata().getName();
        if (object instanceof LoadBalancer) {
            return DocumentId.loadBalancer(namespace, name);
        } else if (object instanceof Listener) {
            return DocumentId.listener(namespace, name);
        } else if (object instanceof VServerGroup) {
            return DocumentId.vServerGroup(namespace, name);
        } else if (object instanceof MasterSlaveGroup) {
            return DocumentId.masterSlaveGroup(namespace, name);
        }
        throw new IllegalArgumentException("not an object that is translated: " + object.getKind());
    }

    /** The ids of all documents of an object: a LoadBalancer has its default pool beside its own. */
    static List<DocumentId> documentsOf(DocumentId object) {
        return switch (object.kind()) {
            case LOAD_BALANCER -> List.of(object, DocumentId.pool(object.namespace(), object.name()));
            case POOL -> throw new IllegalArgumentException("not the id of an object: " + object);
            default -> List.of(object);
        };
    }
}
