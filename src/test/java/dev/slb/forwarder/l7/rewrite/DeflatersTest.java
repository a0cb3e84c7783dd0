package dev.slb.forwarder.l7.rewrite;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.zip.Deflater;

import static org.assertj.core.api.Assertions.assertThat;

class DeflatersTest {

    @Test
    void thereAreNeverMoreThanTheLimitAndTheyAreUsedAgain() {
        Deflaters deflaters = new Deflaters();
        List<Deflater> taken = new ArrayList<>();
        for (int i = 0; i < Deflaters.MAX_ACTIVE; i++) {
            taken.add(deflaters.take());
        }
        assertThat(taken).doesNotContainNull();
        assertThat(deflaters.take()).isNull();

        deflaters.give(taken.get(0));
        assertThat(deflaters.take()).isSameAs(taken.get(0));

        taken.forEach(deflaters::give);
        assertThat(deflaters.active()).isZero();
    }
}
