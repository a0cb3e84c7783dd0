package dev.slb.distribution;

import org.apache.commons.numbers.gamma.RegularizedGamma;

/**
 * Pearson's chi-squared test: how likely differences at least this large are by chance, if every request had gone its
 * own way by the weights.
 *
 * @param statistic sum of (observed - expected)^2 / expected
 * @param degrees of freedom
 * @param pValue 0..1
 * @param smallestExpected of the expected counts; below 5 the p-value is rough (Cochran's rule)
 */
public record ChiSquared(double statistic, int degrees, double pValue, double smallestExpected) {

    /** The usual limit of the expected counts. */
    public static final double ENOUGH = 5;

    /** Goodness of fit. Entries of weight 0 are left out on both sides. */
    static ChiSquared ofFit(double[] weights, long[] observed) {
        double weight = 0;
        long total = 0;
        for (int i = 0; i < weights.length; i++) {
            if (weights[i] > 0) {
                weight += weights[i];
                total += observed[i];
            }
        }
        double statistic = 0;
        double smallest = Double.POSITIVE_INFINITY;
        int cells = 0;
        for (int i = 0; i < weights.length; i++) {
            if (weights[i] > 0) {
                double expected = total * weights[i] / weight;
                statistic += term(observed[i], expected);
                smallest = Math.min(smallest, expected);
                cells++;
            }
        }
        return of(statistic, cells - 1, cells == 0 ? 0 : smallest);
    }

    /** Homogeneity: whether the rows have the same shares. Empty rows and columns are left out. */
    static ChiSquared ofHomogeneity(long[][] rows) {
        int columns = rows.length == 0 ? 0 : rows[0].length;
        long[] columnSums = new long[columns];
        long total = 0;
        int usedRows = 0;
        for (long[] row : rows) {
            long sum = 0;
            for (int i = 0; i < columns; i++) {
                columnSums[i] += row[i];
                sum += row[i];
            }
            total += sum;
            usedRows += sum > 0 ? 1 : 0;
        }
        int usedColumns = 0;
        for (long sum : columnSums) {
            usedColumns += sum > 0 ? 1 : 0;
        }
        double statistic = 0;
        double smallest = Double.POSITIVE_INFINITY;
        for (long[] row : rows) {
            long sum = 0;
            for (long count : row) {
                sum += count;
            }
            for (int i = 0; i < columns; i++) {
                double expected = total == 0 ? 0 : (double) sum * columnSums[i] / total;
                if (expected > 0) {
                    statistic += term(row[i], expected);
                    smallest = Math.min(smallest, expected);
                }
            }
        }
        return of(statistic, (usedRows - 1) * (usedColumns - 1), total == 0 ? 0 : smallest);
    }

    /** The p-value had the entry of which least is expected got nothing, and the others its share. */
    double pValueOfAbsence(long total) {
        return of(smallestExpected * total / (total - smallestExpected), degrees, 0).pValue;
    }

    private static double term(long observed, double expected) {
        double difference = observed - expected;
        return expected == 0 ? 0 : difference * difference / expected;
    }

    private static ChiSquared of(double statistic, int degrees, double smallest) {
        // The upper tail of the chi-squared distribution is Q(degrees / 2, statistic / 2).
        double pValue = degrees < 1 ? 1 : RegularizedGamma.Q.value(degrees / 2.0, statistic / 2);
        return new ChiSquared(statistic, Math.max(0, degrees), pValue, smallest);
    }
}
