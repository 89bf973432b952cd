//! The sink that encodes requests.
//!
//! Source: `metrics_service.proto` and `metrics.proto` of
//! <https://github.com/open-telemetry/opentelemetry-proto>.

#[cfg(feature = "otlp-http")]
use super::delta::Deltas;
use super::point::{most_len, push_attribute, push_point};
use super::requests::EncodedRequests;
use super::unit::ucum;
use crate::descriptor::Descriptor;
use crate::exposition::EncodeError;
use crate::read::{Flow, Labels, Point, Sink, Value};
use crate::wire::{self, LongMessage};

/// `ExportMetricsServiceRequest.resource_metrics`.
const RESOURCE_METRICS: u32 = 1;

/// `ResourceMetrics.scope_metrics`.
const SCOPE_METRICS: u32 = 2;

/// `ScopeMetrics`.
mod scope_metrics {
    pub(super) const SCOPE: u32 = 1;
    pub(super) const METRICS: u32 = 2;
}

/// `InstrumentationScope`.
mod scope {
    pub(super) const NAME: u32 = 1;
    pub(super) const VERSION: u32 = 2;
}

/// `Metric`.
mod metric {
    pub(super) const NAME: u32 = 1;
    pub(super) const DESCRIPTION: u32 = 2;
    pub(super) const UNIT: u32 = 3;
    pub(super) const GAUGE: u32 = 5;
    pub(super) const SUM: u32 = 7;
    pub(super) const HISTOGRAM: u32 = 9;
    pub(super) const EXPONENTIAL_HISTOGRAM: u32 = 10;
    pub(super) const SUMMARY: u32 = 11;
    pub(super) const METADATA: u32 = 12;
}

/// `aggregation_temporality` of `Sum`, `Histogram` and `ExponentialHistogram`.
const AGGREGATION_TEMPORALITY: u32 = 2;

/// The value of `AggregationTemporality` for deltas.
#[cfg(feature = "otlp-http")]
const DELTA: u64 = 1;

/// The value of `AggregationTemporality` for cumulative values.
const CUMULATIVE: u64 = 2;

/// `Sum.is_monotonic`.
const IS_MONOTONIC: u32 = 3;

/// The greatest size of the start of a request or of a metric, without strings.
const START: usize = 128;

/// The type of the points of a metric, which is the same for all of them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Data {
    Gauge,
    Sum { is_monotonic: bool },
    Histogram,
    Exponential,
    Summary,
}

impl Data {
    fn of(value: &Value<'_>) -> Data {
        match value {
            Value::Counter(_) => Data::Sum { is_monotonic: true },
            Value::Info | Value::State(_) => Data::Sum { is_monotonic: false },
            Value::Gauge(_) | Value::Unknown(_) => Data::Gauge,
            Value::Histogram(_) => Data::Histogram,
            Value::NativeHistogram(_) => Data::Exponential,
            Value::Summary(_) => Data::Summary,
        }
    }

    fn field(self) -> u32 {
        match self {
            Data::Gauge => metric::GAUGE,
            Data::Sum { .. } => metric::SUM,
            Data::Histogram => metric::HISTOGRAM,
            Data::Exponential => metric::EXPONENTIAL_HISTOGRAM,
            Data::Summary => metric::SUMMARY,
        }
    }
}

/// A request that is not ended.
struct BegunRequest {
    start: usize,
    resource: LongMessage,
    scope: LongMessage,
    points: u64,
}

/// A metric that is not ended.
struct BegunMetric {
    start: usize,
    data: Data,
    messages: [LongMessage; 2],
    points: u64,
}

/// Writes requests.
pub(super) struct OtlpSink<'a> {
    requests: &'a mut EncodedRequests,
    /// The encoded field of the resource, for each request.
    resource: &'a [u8],
    /// The maximum size of a request in bytes.
    limit: usize,
    /// The time of the export, in nanoseconds since 1970.
    now: u64,
    begun: Option<BegunRequest>,
    metric: Option<BegunMetric>,
    error: Option<EncodeError>,
    /// The temporality of counters and histograms.
    temporality: u64,
    #[cfg(feature = "otlp-http")]
    deltas: Option<&'a mut Deltas>,
}

impl<'a> OtlpSink<'a> {
    pub(super) fn new(
        requests: &'a mut EncodedRequests,
        resource: &'a [u8],
        limit: usize,
        now: u64,
    ) -> OtlpSink<'a> {
        OtlpSink {
            requests,
            resource,
            limit,
            now,
            begun: None,
            metric: None,
            error: None,
            temporality: CUMULATIVE,
            #[cfg(feature = "otlp-http")]
            deltas: None,
        }
    }

    /// Encodes deltas.
    #[cfg(feature = "otlp-http")]
    pub(super) fn with_deltas(self, deltas: &'a mut Deltas) -> OtlpSink<'a> {
        OtlpSink { temporality: DELTA, deltas: Some(deltas), ..self }
    }

    /// Ends the last request. After an error, the requests are incomplete.
    pub(super) fn finish(mut self) -> Result<(), EncodeError> {
        self.end_request();
        self.error.map_or(Ok(()), Err)
    }

    /// Reserves capacity for a point of a family, and for all that may have to come before it.
    fn has_room(&mut self, family: &Descriptor, point: usize) -> bool {
        let texts = self.resource.len() + family.name().len() + family.help().len();
        let len = point.saturating_add(texts).saturating_add(2 * START);
        let page = &mut self.requests.bytes;
        if page.capacity() - page.len() >= len {
            return true;
        }
        // Amortized growth if possible, or else exactly what is needed.
        let grown = page.try_reserve(len).or_else(|_| page.try_reserve_exact(len));
        let before = page.len();
        self.error = grown.err().map(|source| EncodeError::of_page(before, len, source));
        self.error.is_none()
    }

    fn begin_request(&mut self) {
        let page = &mut self.requests.bytes;
        let start = page.len();
        let resource = LongMessage::begin(page, RESOURCE_METRICS);
        page.extend_from_slice(self.resource);
        let scope = LongMessage::begin(page, SCOPE_METRICS);
        wire::message(page, scope_metrics::SCOPE, |page| {
            wire::text(page, scope::NAME, env!("CARGO_PKG_NAME"));
            wire::text(page, scope::VERSION, env!("CARGO_PKG_VERSION"));
        });
        self.begun = Some(BegunRequest { start, resource, scope, points: 0 });
    }

    /// Begins a metric, with everything but its points.
    fn begin_metric(&mut self, family: &Descriptor, data: Data) {
        let page = &mut self.requests.bytes;
        let start = page.len();
        let message = LongMessage::begin(page, scope_metrics::METRICS);
        wire::text(page, metric::NAME, family.name());
        wire::text(page, metric::DESCRIPTION, family.help());
        if let Some(unit) = family.unit() {
            wire::text(page, metric::UNIT, ucum(unit));
        }
        push_attribute(page, metric::METADATA, "prometheus.type", family.kind().as_str());
        let of_data = LongMessage::begin(page, data.field());
        if !matches!(data, Data::Gauge | Data::Summary) {
            let stays = data == (Data::Sum { is_monotonic: false });
            let temporality = if stays { CUMULATIVE } else { self.temporality };
            wire::uint(page, AGGREGATION_TEMPORALITY, temporality);
        }
        if data == (Data::Sum { is_monotonic: true }) {
            wire::uint(page, IS_MONOTONIC, 1);
        }
        self.metric = Some(BegunMetric { start, data, messages: [message, of_data], points: 0 });
    }

    fn end_metric(&mut self) {
        let Some(BegunMetric { start, messages: [message, data], points, .. }) = self.metric.take()
        else {
            return;
        };
        if points == 0 {
            return self.requests.bytes.truncate(start);
        }
        data.end(&mut self.requests.bytes);
        message.end(&mut self.requests.bytes);
    }

    fn end_request(&mut self) {
        self.end_metric();
        let Some(BegunRequest { start, resource, scope, points }) = self.begun.take() else {
            return;
        };
        if points == 0 {
            return self.requests.bytes.truncate(start);
        }
        scope.end(&mut self.requests.bytes);
        resource.end(&mut self.requests.bytes);
        self.requests.end(points);
    }

    fn push(&mut self, family: &Descriptor, labels: Labels<'_>, point: &Point<'_>) {
        let data = Data::of(&point.value);
        if self.metric.as_ref().is_some_and(|metric| metric.data != data) {
            self.end_metric();
        }
        if self.begun.is_none() {
            self.begin_request();
        }
        if self.metric.is_none() {
            self.begin_metric(family, data);
        }
        push_point(&mut self.requests.bytes, labels, point, self.now);
        let (Some(begun), Some(metric)) = (&mut self.begun, &mut self.metric) else { return };
        begun.points += 1;
        metric.points += 1;
    }

    /// Adds a point to the current request, or to a new one if that would become too large. Returns
    /// whether there was enough memory.
    fn push_within_limit(
        &mut self,
        family: &Descriptor,
        labels: Labels<'_>,
        point: &Point<'_>,
    ) -> bool {
        let room = most_len(&labels, point);
        if !self.has_room(family, room) {
            return false;
        }
        let before = self.requests.bytes.len();
        self.push(family, labels, point);
        let (len, points) = self.request();
        // A single point that is too large is left to the receiver to refuse.
        if len > self.limit && points > 1 {
            self.take_back(before);
            self.end_request();
            if !self.has_room(family, room) {
                return false;
            }
            self.push(family, labels, point);
        }
        true
    }

    /// Returns the length of the current request and its number of points.
    fn request(&self) -> (usize, u64) {
        let begun = self.begun.as_ref();
        let len = |begun: &BegunRequest| (self.requests.bytes.len() - begun.start, begun.points);
        begun.map_or((0, 0), len)
    }

    /// Removes the last point, which starts at `len`.
    fn take_back(&mut self, len: usize) {
        self.requests.bytes.truncate(len);
        let (Some(begun), Some(metric)) = (&mut self.begun, &mut self.metric) else { return };
        begun.points -= 1;
        metric.points -= 1;
    }
}

impl Sink for OtlpSink<'_> {
    fn family(&mut self, _: &Descriptor) -> Flow {
        self.end_metric();
        Flow::Continue
    }

    fn point(&mut self, family: &Descriptor, labels: Labels<'_>, point: &Point<'_>) -> Flow {
        #[cfg(feature = "otlp-http")]
        if let Some(deltas) = self.deltas.take() {
            let now = self.now;
            let pushed = deltas.point(family.name(), labels, point, now, |point| {
                // The number of ended requests is the index of the current one.
                self.push_within_limit(family, labels, point).then(|| self.requests.len())
            });
            self.deltas = Some(deltas);
            if let Err(source) = pushed {
                self.error = Some(EncodeError::of_page(self.requests.bytes.len(), 0, source));
            }
            return if self.error.is_none() { Flow::Continue } else { Flow::Stop };
        }
        if self.push_within_limit(family, labels, point) { Flow::Continue } else { Flow::Stop }
    }

    fn end(&mut self) {
        self.end_metric();
    }
}
