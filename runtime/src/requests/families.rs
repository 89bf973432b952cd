//! The families of requests, and a table that finds all series of a request with one look-up.

use std::time::Duration;

use once_cell::race::OnceBox;

use crate::calls::Outcome;
use crate::labels::{LabelValue, Method, StatusClass, StatusCode};
use crate::metric::{Counter, FamilyMetric, Gauge, Histogram, NativeHistogram, WithExemplars};
use crate::registry::Registered;
use crate::runtime::DynamicFamily;
use crate::series::Series;
use crate::storage::{self, IS_RECORDING, KeyLabels, Limits, OpenTable};
use crate::unit::{Bytes, Seconds};

/// A registered family.
type RegisteredFamily<M> = Registered<DynamicFamily<M>>;

type ClassicDurations = WithExemplars<Histogram<Seconds>>;
type NativeDurations = WithExemplars<NativeHistogram<Seconds>>;

/// A family of durations.
pub(super) enum DurationFamily {
    Classic(RegisteredFamily<ClassicDurations>),
    Native(RegisteredFamily<NativeDurations>),
}

/// The families of requests.
pub(super) struct RequestFamilies {
    pub(super) server: String,
    pub(super) has_codes: bool,
    /// The number of the user's own labels.
    pub(super) labels: usize,
    pub(super) requests: RegisteredFamily<Counter>,
    pub(super) durations: DurationFamily,
    pub(super) first_bytes: DurationFamily,
    pub(super) request_sizes: RegisteredFamily<Histogram<Bytes>>,
    pub(super) response_sizes: RegisteredFamily<Histogram<Bytes>>,
    pub(super) active: RegisteredFamily<Gauge>,
    pub(super) known: Known,
}

/// The series that were found before. They are kept series of the families. Series that may expire,
/// or that stand for others, are not in here.
pub(super) struct Known {
    ended: OpenTable<EndedSeries>,
    active: [OnceBox<Series<Gauge>>; METHODS],
}

const METHODS: usize = <Method as LabelValue>::VALUES.count();

impl Known {
    /// Creates an empty table. It needs no more entries than the family of requests has series,
    /// since each entry has its own series there.
    pub(super) fn new(requests: &DynamicFamily<Counter>, labels: usize) -> Known {
        let (max_series, max_value_bytes) = (requests.max_series(), usize::MAX);
        let limits = Limits { max_series, max_value_bytes, expire_after: None };
        Known {
            ended: OpenTable::new(limits, 1 + labels),
            active: std::array::from_fn(|_| OnceBox::new()),
        }
    }
}

/// A request that has ended.
pub(super) struct Ended<'a> {
    pub(super) method: Method,
    pub(super) route: &'a str,
    /// A value for each of the user's own labels.
    pub(super) own_labels: &'a [String],
    pub(super) outcome: Outcome,
    pub(super) time: Duration,
    /// The status of the response, and the time until it began.
    pub(super) answer: Option<(u16, Duration)>,
    pub(super) request_bytes: u64,
    pub(super) response_bytes: u64,
    /// The labels of exemplars of its durations.
    pub(super) lead: Option<&'a [(&'a str, &'a str)]>,
}

/// The labels that determine the series of a request.
struct EndedLabels<'a> {
    /// The method, the status and the outcome as one number.
    position: u32,
    route: &'a str,
    own_labels: &'a [String],
}

impl KeyLabels for EndedLabels<'_> {
    #[inline]
    fn closed(&self) -> u32 {
        self.position
    }

    #[inline]
    fn open_len(&self) -> usize {
        1 + self.own_labels.len()
    }

    #[inline]
    fn open_values(&self, visit: &mut impl FnMut(&str)) {
        visit(self.route);
        self.own_labels.iter().for_each(|value| visit(value));
    }
}

impl RequestFamilies {
    /// Updates the number of active requests of a method.
    pub(super) fn update_active(&self, method: Method, update: impl Fn(&Series<Gauge>)) {
        if !IS_RECORDING {
            return;
        }
        let known = &self.known.active[method.position()];
        if let Some(series) = known.get().filter(|series| !series.is_removed()) {
            return update(series);
        }
        let labels = [&*self.server, method.as_str()];
        let Ok(series) = self.active.try_with(&labels).map(|series| series.keep()) else { return };
        update(&series);
        if series.is_lasting(labels.len()) && !storage::is_inside() {
            let _inside = storage::enter();
            // Once the stored series is removed, it is not replaced, and each update looks its
            // series up.
            let _ = known.set(Box::new(series));
        }
    }

    /// Counts a request that has ended.
    pub(super) fn count(&self, ended: &Ended<'_>) {
        if !IS_RECORDING {
            return;
        }
        let (position, status) = self.position(ended);
        let labels = EndedLabels { position, route: ended.route, own_labels: ended.own_labels };
        let (mut is_counted, mut is_removed) = (false, false);
        // If this thread looks into a table for the first time, or is ending, `find` handles that.
        if storage::is_prepared() {
            self.known.ended.update(&labels, |series| {
                is_removed = series.is_any_removed();
                is_counted = !is_removed;
                if is_counted {
                    series.count(ended);
                }
            });
        }
        if is_counted {
            return;
        }
        let Some(series) = self.find(ended, status) else { return };
        series.count(ended);
        if storage::is_prepared() && series.is_lasting(self.labels) {
            self.remember(&labels, series, is_removed);
        }
    }

    /// Returns the method, status and outcome as one number, and the value of the label `status`.
    fn position(&self, ended: &Ended<'_>) -> (u32, &'static str) {
        let (status, value) = match ended.answer {
            None => (0, ""),
            Some((code, _)) if self.has_codes => {
                let code = StatusCode::from_code(code);
                (1 + code.position(), code.as_str())
            }
            Some((code, _)) => {
                let class = StatusClass::from_code(code);
                (1 + class.position(), class.as_str())
            }
        };
        let outcomes = Outcome::ALL.len();
        let position = (status * outcomes + ended.outcome as usize) * METHODS;
        ((position + ended.method.position()) as u32, value)
    }

    /// Finds the series of a request in each family; in a full family, that of all others.
    fn find(&self, ended: &Ended<'_>, status: &str) -> Option<EndedSeries> {
        let mut labels = vec![&*self.server, ended.method.as_str(), ended.route, status];
        labels.extend(ended.own_labels.iter().map(String::as_str));
        let is_answered = ended.answer.is_some();
        Some(EndedSeries {
            durations: self.durations.find(&labels)?,
            first_bytes: if is_answered { Some(self.first_bytes.find(&labels)?) } else { None },
            request_sizes: find(&self.request_sizes, &labels)?,
            response_sizes: find(&self.response_sizes, &labels)?,
            requests: {
                labels.push(ended.outcome.as_str());
                find(&self.requests, &labels)?
            },
        })
    }

    /// Stores the series, so that the next request with these labels finds them with one look-up.
    #[cold]
    fn remember(&self, labels: &EndedLabels<'_>, series: EndedSeries, is_any_removed: bool) {
        if storage::is_inside() {
            return;
        }
        let known = &self.known.ended;
        if is_any_removed || !known.has_room() {
            known.remove_where(|series| series.cells.is_any_removed());
            known.tidy();
        }
        if known.has_room() {
            let _inside = storage::enter();
            known.get_or_make(labels, || series);
        }
    }
}

/// Returns the series with these labels.
fn find<M: FamilyMetric>(family: &DynamicFamily<M>, labels: &[&str]) -> Option<Series<M>> {
    family.try_with(labels).ok().map(|series| series.keep())
}

/// The series of a request that has ended.
struct EndedSeries {
    requests: Series<Counter>,
    durations: TimeSeries,
    /// Set if there was a response.
    first_bytes: Option<TimeSeries>,
    request_sizes: Series<Histogram<Bytes>>,
    response_sizes: Series<Histogram<Bytes>>,
}

impl EndedSeries {
    fn count(&self, ended: &Ended<'_>) {
        self.durations.observe(ended.time, ended.lead);
        if let (Some(series), Some((_, first_byte))) = (&self.first_bytes, ended.answer) {
            series.observe(first_byte, ended.lead);
        }
        self.request_sizes.observe(ended.request_bytes);
        self.response_sizes.observe(ended.response_bytes);
        self.requests.inc();
    }

    /// Returns whether any of the series was removed.
    fn is_any_removed(&self) -> bool {
        self.requests.is_removed()
            || self.durations.is_removed()
            || self.first_bytes.as_ref().is_some_and(TimeSeries::is_removed)
            || self.request_sizes.is_removed()
            || self.response_sizes.is_removed()
    }

    /// Returns whether all series stay those of these labels until they are removed.
    fn is_lasting(&self, own_labels: usize) -> bool {
        let labels = 4 + own_labels;
        self.requests.is_lasting(labels + 1)
            && self.durations.is_lasting(labels)
            && self.first_bytes.as_ref().is_none_or(|series| series.is_lasting(labels))
            && self.request_sizes.is_lasting(labels)
            && self.response_sizes.is_lasting(labels)
    }
}

/// A series of durations.
enum TimeSeries {
    Classic(Series<ClassicDurations>),
    Native(Series<NativeDurations>),
}

impl DurationFamily {
    fn find(&self, labels: &[&str]) -> Option<TimeSeries> {
        match self {
            DurationFamily::Classic(family) => find(family, labels).map(TimeSeries::Classic),
            DurationFamily::Native(family) => find(family, labels).map(TimeSeries::Native),
        }
    }
}

impl TimeSeries {
    fn observe(&self, time: Duration, lead: Option<&[(&str, &str)]>) {
        match (self, lead) {
            (TimeSeries::Classic(series), None) => series.observe(time),
            (TimeSeries::Classic(series), Some(lead)) => series.observe_with_exemplar(time, lead),
            (TimeSeries::Native(series), None) => series.observe(time),
            (TimeSeries::Native(series), Some(lead)) => series.observe_with_exemplar(time, lead),
        }
    }

    fn is_removed(&self) -> bool {
        match self {
            TimeSeries::Classic(series) => series.is_removed(),
            TimeSeries::Native(series) => series.is_removed(),
        }
    }

    fn is_lasting(&self, labels: usize) -> bool {
        match self {
            TimeSeries::Classic(series) => series.is_lasting(labels),
            TimeSeries::Native(series) => series.is_lasting(labels),
        }
    }
}
