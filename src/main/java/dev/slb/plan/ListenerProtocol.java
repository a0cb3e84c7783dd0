package dev.slb.plan;

/** What a listener speaks to its clients. */
public enum ListenerProtocol {
    TCP,
    UDP,
    HTTP,
    HTTPS;

    public boolean isLayer7() {
        return this == HTTP || this == HTTPS;
    }
}
