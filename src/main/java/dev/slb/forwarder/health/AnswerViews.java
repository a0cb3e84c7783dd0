package dev.slb.forwarder.health;

import dev.slb.forwarder.l7.head.HeadWriter;
import dev.slb.forwarder.l7.head.ResponseHead;
import dev.slb.forwarder.transport.Loop;

/** What answers are looked at with, by all checks of an event loop in turn: within one call, not across calls. */
record AnswerViews(ResponseHead head, HeadWriter writer) {

    private AnswerViews() {
        this(new ResponseHead(), new HeadWriter());
    }

    static AnswerViews of(Loop loop) {
        return loop.shared(AnswerViews.class, AnswerViews::new);
    }
}
