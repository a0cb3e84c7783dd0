package dev.slb.base;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class Sha256Test {

    /** The example of FIPS 180-2. */
    @Test
    void aHashIsWhatEverybodyElseTakesForIt() {
        assertThat(Sha256.hex("abc")).isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assertThat(Sha256.hex(new byte[] {'a', 'b', 'c'})).isEqualTo(Sha256.hex("abc"));
        assertThat(Sha256.hex("abc", 8)).isEqualTo("ba7816bf");
    }
}
