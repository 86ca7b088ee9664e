import MetricsText
import Testing

@Suite struct MetricsWriterTests {
    @Test func everyFamilyHasHelpAndType() {
        var writer = MetricsWriter()
        writer.gauge("a", "Things.", [.init(3)])
        writer.counter(
            "b_total", "By reason,\nin \\ words.", [.init(1.5, [("worker", "0"), ("reason", "a \"b\"\n\\")])])
        writer.counter("c_total", "None yet.", [])
        #expect(
            writer.text == """
                # HELP a Things.
                # TYPE a gauge
                a 3
                # HELP b_total By reason,\\nin \\\\ words.
                # TYPE b_total counter
                b_total{worker="0",reason="a \\"b\\"\\n\\\\"} 1.5
                # HELP c_total None yet.
                # TYPE c_total counter

                """)
    }

    @Test func bucketsOfAHistogramAddUp() {
        var writer = MetricsWriter()
        writer.histogram("h_seconds", "Times.", bounds: [0.025, 1], counts: [2, 0, 3], sum: 61.5)
        #expect(
            writer.text == """
                # HELP h_seconds Times.
                # TYPE h_seconds histogram
                h_seconds_bucket{le="0.025"} 2
                h_seconds_bucket{le="1.0"} 2
                h_seconds_bucket{le="+Inf"} 5
                h_seconds_sum 61.5
                h_seconds_count 5

                """)
    }
}
