package dev.slb.plan;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

import java.util.List;

/** The port of a default pool's servers: a number, or the name of a container port that each server resolves for itself. */
public record BackendPort(Integer number, String name) {

    public static BackendPort of(int number) {
        return new BackendPort(number, null);
    }

    public static BackendPort of(String name) {
        return new BackendPort(null, name);
    }

    @JsonCreator
    static BackendPort fromJson(Object value) {
        return value instanceof Integer number ? of(number) : of(String.valueOf(value));
    }

    @JsonValue
    Object toJson() {
        return number != null ? number : name;
    }

    /** The port of this server, or null when it has no port of that name. */
    public Integer resolve(ServerPlan server) {
        return number != null ? number : server.ports().get(name);
    }

    List<String> validate() {
        Problems problems = new Problems();
        if (number != null) {
            problems.requirePort(number, "number");
        } else {
            problems.require(name != null && !name.isEmpty(), "name", "is missing");
        }
        return problems.list();
    }

    @Override
    public String toString() {
        return String.valueOf(toJson());
    }
}
