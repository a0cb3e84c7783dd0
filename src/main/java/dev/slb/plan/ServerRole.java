package dev.slb.plan;

/** The part that a server has in a master-slave group. */
public enum ServerRole {
    MASTER,
    SLAVE
}
