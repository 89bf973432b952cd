//! Exemplars that lead to spans of OpenTelemetry.

use measurand::exemplar;
use measurand::{Histogram, Metrics, WithExemplars};
use opentelemetry_0_33::Context;
use opentelemetry_0_33::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};

/// The API.
#[derive(Metrics)]
#[metrics(namespace = "opentelemetry", global = API)]
struct ApiMetrics {
    /// Sizes.
    #[metric(buckets = [10, 100])]
    size: WithExemplars<Histogram>,
}

fn span(trace: u128, flags: TraceFlags) -> Context {
    let (trace, span) = (TraceId::from(trace), SpanId::from(7));
    let span = SpanContext::new(trace, span, flags, true, TraceState::default());
    Context::new().with_remote_span_context(span)
}

#[test]
fn the_entered_span_is_the_exemplar_if_it_is_sampled() {
    exemplar::set_source(exemplar::opentelemetry_0_33).unwrap();
    API.size.observe(1);
    {
        let _entered = span(1, TraceFlags::NOT_SAMPLED).attach();
        API.size.observe(1);
    }
    assert!(API.size.exemplars().is_empty());
    {
        let _entered = span(0xabc, TraceFlags::SAMPLED).attach();
        API.size.observe(50);
    }
    API.size.observe(1_000);
    let exemplars = API.size.exemplars();
    assert_eq!(exemplars.len(), 1);
    assert!(
        exemplars[0].labels().eq([
            ("trace_id", "00000000000000000000000000000abc"),
            ("span_id", "0000000000000007"),
        ])
    );
    assert_eq!(API.size.snapshot().count(), 4);
}
