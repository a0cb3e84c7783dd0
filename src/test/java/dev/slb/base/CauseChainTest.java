package dev.slb.base;

import org.junit.jupiter.api.Test;

import java.io.IOException;

import static org.assertj.core.api.Assertions.assertThat;

class CauseChainTest {

    private final IOException root = new IOException("root");
    private final IllegalStateException middle = new IllegalStateException("middle", root);
    private final RuntimeException top = new RuntimeException("top", middle);

    @Test
    void theRootIsTheLastCause() {
        assertThat(CauseChain.root(top)).isSameAs(root);
        assertThat(CauseChain.root(root)).isSameAs(root);
        assertThat(CauseChain.root(null)).isNull();
    }

    @Test
    void theFirstOfAChainIsFoundByTypeAndByWhatItIsLike() {
        assertThat(CauseChain.first(top, RuntimeException.class, each -> true)).isSameAs(top);
        assertThat(CauseChain.first(top, IllegalStateException.class, each -> true))
                .isSameAs(middle);
        assertThat(CauseChain.first(
                        top, Exception.class, each -> each.getMessage().equals("root")))
                .isSameAs(root);
        assertThat(CauseChain.any(top, each -> each instanceof Error)).isFalse();
        assertThat(CauseChain.any(null, each -> true)).isFalse();
    }

    @Test
    void aChainThatBitesItsTailComesToAnEnd() {
        root.initCause(top);

        assertThat(CauseChain.root(top)).isIn(root, middle, top);
        assertThat(CauseChain.any(top, each -> each instanceof Error)).isFalse();
    }
}
