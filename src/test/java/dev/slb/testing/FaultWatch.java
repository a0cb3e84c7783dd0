package dev.slb.testing;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.slb.forwarder.transport.Faults;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/** Sees whether a forwarder of this process has told a fault of its own: whatever peers do is none. */
public final class FaultWatch {

    private final Logger logger = (Logger) LoggerFactory.getLogger(Faults.class);
    private final ListAppender<ILoggingEvent> told = new ListAppender<>();

    private FaultWatch() {}

    public static FaultWatch start() {
        FaultWatch watch = new FaultWatch();
        watch.told.start();
        watch.logger.addAppender(watch.told);
        return watch;
    }

    /** Ends the watch. To be called once the forwarder is closed. */
    public void assertNone() {
        logger.detachAppender(told);
        assertThat(told.list).extracting(ILoggingEvent::getFormattedMessage).isEmpty();
    }
}
