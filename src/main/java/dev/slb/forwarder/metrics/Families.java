package dev.slb.forwarder.metrics;

import dev.slb.forwarder.table.Durations;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;

import java.util.EnumMap;
import java.util.Map;

/** What one scrape gathers. */
final class Families {

    private final Map<Metric, MetricSnapshot.Builder<?>> builders = new EnumMap<>(Metric.class);

    void add(Metric metric, Labels labels, double value) {
        if (metric.type() == Metric.Type.COUNTER) {
            ((CounterSnapshot.Builder) builder(metric))
                    .dataPoint(CounterDataPointSnapshot.builder()
                            .labels(labels)
                            .value(value)
                            .build());
        } else {
            ((GaugeSnapshot.Builder) builder(metric))
                    .dataPoint(GaugeDataPointSnapshot.builder()
                            .labels(labels)
                            .value(value)
                            .build());
        }
    }

    /**
     * @param counts by bucket of {@link Durations}
     */
    void add(Metric metric, Labels labels, long[] counts, long sumNanos) {
        ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
        for (int i = 0; i < counts.length; i++) {
            buckets.bucket(Durations.boundSeconds(i), counts[i]);
        }
        ((HistogramSnapshot.Builder) builder(metric))
                .dataPoint(HistogramDataPointSnapshot.builder()
                        .labels(labels)
                        .classicHistogramBuckets(buckets.build())
                        .sum(sumNanos / 1e9)
                        .build());
    }

    private MetricSnapshot.Builder<?> builder(Metric metric) {
        return builders.computeIfAbsent(
                metric,
                absent -> (switch (metric.type()) {
                            case COUNTER -> CounterSnapshot.builder();
                            case GAUGE -> GaugeSnapshot.builder();
                            case HISTOGRAM -> HistogramSnapshot.builder();
                        })
                        .name(metric.baseName())
                        .help(metric.help()));
    }

    MetricSnapshots build() {
        MetricSnapshots.Builder all = MetricSnapshots.builder();
        builders.values().forEach(each -> all.metricSnapshot(each.build()));
        return all.build();
    }
}
