package dev.slb.cli.playground;

/** Shows a {@link Playground} to people. */
public interface Display extends AutoCloseable {

    /** How often {@link #show} is called. */
    int SHOWS_PER_SECOND = 4;

    /** Shows how things are now. */
    void show();

    /** Something was typed, and this is the answer. */
    void answer(String text);

    @Override
    void close();
}
