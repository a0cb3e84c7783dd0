package dev.slb.api;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;

import java.util.List;

/**
 * An object of one of the four kinds. It can be read whatever a cluster has stored, for instance under an earlier CRD: what has
 * another shape than the API gives it is left out, and noted where it is a part of the spec. A status is not state, so that
 * nothing needs to be known of what could not be read of it.
 */
@JsonDeserialize(using = ApiObjectDeserializer.class)
public abstract class ApiObject<S, T extends ApiStatus> extends CustomResource<S, T> implements Namespaced {

    @JsonIgnore
    private transient List<String> unreadable = List.of();

    /**
     * What of the spec was left out since it has another shape than it must have, each as {@code field.path: what is wrong}, at
     * most {@value PartialReading#MAX_PROBLEMS}. Such an object has no valid version, whatever the rest of its spec says.
     */
    public List<String> unreadable() {
        return unreadable;
    }

    /** The conditions of its status, empty when it has none. */
    public List<Condition> conditions() {
        return getStatus() == null ? List.of() : getStatus().conditions();
    }

    /** For copies. */
    public void markUnreadable(List<String> problems) {
        unreadable = List.copyOf(problems);
    }
}
