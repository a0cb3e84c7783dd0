package dev.slb.distribution;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class ChiSquaredTest {

    @Test
    void valuesOfTheTables() {
        // 60 throws of a die; upper 5 % points of the distribution.
        ChiSquared die = ChiSquared.ofFit(new double[] {1, 1, 1, 1, 1, 1}, new long[] {5, 8, 9, 8, 10, 20});
        assertThat(die.statistic()).isCloseTo(13.4, within(1e-9));
        assertThat(die.degrees()).isEqualTo(5);
        assertThat(die.pValue()).isCloseTo(0.01991, within(1e-4));
        assertThat(die.smallestExpected()).isEqualTo(10);
    }

    @Test
    void seventyToThirtyIsNotChanceAndFiftyTwoToFortyEightOfTwoHundredIs() {
        double[] even = {50, 50};
        assertThat(ChiSquared.ofFit(even, new long[] {700, 300}).pValue()).isLessThan(1e-30);
        assertThat(ChiSquared.ofFit(even, new long[] {104, 96}).pValue()).isCloseTo(0.5716, within(1e-3));
    }

    @Test
    void weightZeroIsLeftOut() {
        assertThat(ChiSquared.ofFit(new double[] {1, 0, 1}, new long[] {10, 99, 10}))
                .isEqualTo(new ChiSquared(0, 1, 1, 10));
    }

    @Test
    void withOneServerOrNothingThereIsNothingToTest() {
        assertThat(ChiSquared.ofFit(new double[] {1}, new long[] {10}).pValue()).isEqualTo(1);
        assertThat(ChiSquared.ofFit(new double[] {}, new long[] {}).pValue()).isEqualTo(1);
        assertThat(ChiSquared.ofFit(new double[] {1, 1}, new long[] {0, 0}).pValue())
                .isEqualTo(1);
    }

    @Test
    void homogeneityComparesRows() {
        ChiSquared same = ChiSquared.ofHomogeneity(new long[][] {{70, 30}, {140, 60}, {0, 0}});
        assertThat(same.degrees()).isEqualTo(1);
        assertThat(same.pValue()).isEqualTo(1);
        assertThat(ChiSquared.ofHomogeneity(new long[][] {{90, 10}, {50, 50}}).pValue())
                .isLessThan(1e-8);
        assertThat(ChiSquared.ofHomogeneity(new long[][] {}).pValue()).isEqualTo(1);
    }
}
