//! OpenMetrics 2.0: a page to the byte, and what a parser reads that was written from the grammar alone.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use crate::any_registry::AnyRegistry;
use measurand::exemplar::Exemplar;
use measurand::exposition::{Encoder, Escaping, Format, Negotiated};
use measurand::registry::{Flow, Labels, Point, Sink, Value};
use measurand::unit::{Celsius, Seconds};
use measurand::{
    Counter, Descriptor, Family, Gauge, Histogram, Info, Kind, LabelSet, LabelValue, Metrics,
    NativeHistogram, Registry, StateSet, Summary, WithExemplars,
};
use measurand_tests::{Random, usually_or_long};

#[derive(LabelValue, Clone, Copy, PartialEq)]
enum Role {
    Follower,
    Leader,
}

#[derive(LabelSet)]
struct Peer<'a> {
    #[label(rename = "peer.name", utf8)]
    peer: &'a str,
    role: Role,
}

#[derive(LabelSet)]
struct Server<'a> {
    version: &'a str,
}

/// One of each.
#[derive(Metrics)]
#[metrics(namespace = "golden", instance)]
struct Golden {
    /// Jobs.
    jobs_total: WithExemplars<Counter>,
    /// Levels.
    #[metric(max_series = 3)]
    levels: Family<Peer<'static>, Gauge>,
    /// Temperature.
    #[metric(native(schema = 0, zero_threshold = 0.5))]
    outside_celsius: NativeHistogram<Celsius>,
    /// Role.
    role: StateSet<Role>,
    /// The server.
    server_info: Info<Server<'static>>,
    /// Size.
    #[metric(quantiles = [(0.5, 0.05)])]
    size: Summary,
    /// Time to wait.
    #[metric(buckets = [0.005, 1, 2_500_000])]
    wait_seconds: WithExemplars<Histogram<Seconds>>,
    /// Both.
    #[metric(rename = "both.seconds", utf8, native(schema = 0, zero_threshold = 0.5), buckets = [1.0])]
    both: NativeHistogram<Seconds>,
}

const GOLDEN: &str = r#"# TYPE "golden_both.seconds" histogram
# UNIT "golden_both.seconds" seconds
# HELP "golden_both.seconds" Both.
{"golden_both.seconds"} {count:1,sum:3,schema:0,zero_threshold:0.5,zero_count:0,positive_spans:[2:1],positive_buckets:[1],bucket:[1.0:0,+Inf:1]} st@*
# TYPE golden_jobs_total counter
# HELP golden_jobs_total Jobs.
golden_jobs_total 3 st@* # {trace_id="4bf9"} 2 *
# TYPE golden_levels gauge
# HELP golden_levels Levels.
golden_levels{"peer.name"="a\"\\\n",role="leader"} 1.5
# TYPE golden_outside_celsius histogram
# UNIT golden_outside_celsius celsius
# HELP golden_outside_celsius Temperature.
golden_outside_celsius {count:5,sum:-8,schema:0,zero_threshold:0.5,zero_count:1,negative_spans:[4:1],negative_buckets:[1],positive_spans:[0:1,1:1],positive_buckets:[2,1]} st@*
# TYPE golden_role stateset
# HELP golden_role Role.
golden_role{golden_role="follower"} 0
golden_role{golden_role="leader"} 1
# TYPE golden_server_info info
# HELP golden_server_info The server.
golden_server_info{version="1.2"} 1
# TYPE golden_size summary
# HELP golden_size Size.
golden_size {count:1,sum:7,quantile:[0.5:7]} st@*
# TYPE golden_wait_seconds histogram
# UNIT golden_wait_seconds seconds
# HELP golden_wait_seconds Time to wait.
golden_wait_seconds {count:2,sum:3.0045,bucket:[0.005:1,1.0:1,2.5e+06:2,+Inf:2]} st@* # {trace_id="4bf9"} 0.0045 * # {} 3 *
# EOF
"#;

/// With a `*` for each time of today.
fn masked(page: &str) -> String {
    let is_time = |word: &&str| word.starts_with('1') && word.len() >= 10;
    let mask = |word: &str| match word.strip_prefix("st@") {
        Some(_) => "st@*".to_owned(),
        None => Some(word).filter(is_time).map_or(word, |_| "*").to_owned(),
    };
    let line = |line: &str| line.split(' ').map(mask).collect::<Vec<_>>().join(" ") + "\n";
    page.lines().map(line).collect()
}

fn page(registry: &Registry) -> String {
    let mut page = Vec::new();
    Encoder::new(Format::OpenMetrics2).encode(registry, &mut page).unwrap();
    String::from_utf8(page).unwrap()
}

#[test]
fn the_page_is_what_the_candidate_specifies() {
    let registry = Registry::new();
    assert_eq!(page(&registry), "# EOF\n");
    let golden = Golden::register(&registry).unwrap();
    golden.jobs_total.inc();
    golden.jobs_total.inc_by_with_exemplar(2, &[("trace_id", "4bf9")]);
    golden.levels.with(Peer { peer: "a\"\\\n", role: Role::Leader }).set(1.5);
    for value in [0.25, 0.75, 1.0, 3.0, -13.0] {
        golden.outside_celsius.observe(value);
    }
    golden.role.set(Role::Follower);
    golden.role.set(Role::Leader);
    golden.server_info.set(Server { version: "1.2" });
    golden.size.observe(7);
    golden
        .wait_seconds
        .observe_with_exemplar(Duration::from_micros(4_500), &[("trace_id", "4bf9")]);
    golden.wait_seconds.observe_with_exemplar(Duration::from_secs(3), &[]);
    golden.both.observe(Duration::from_secs(3));
    assert_eq!(masked(&page(&registry)), GOLDEN);
}

#[test]
fn it_is_given_to_who_asks_for_that_version_alone() {
    let of = |accept: &str| {
        let asked = Negotiated::of(accept);
        (asked.format(), asked.escaping())
    };
    let openmetrics = "application/openmetrics-text";
    assert_eq!(
        of(&format!("{openmetrics};version=2.0.0")),
        (Format::OpenMetrics2, Escaping::AllowUtf8)
    );
    assert_eq!(
        of(&format!("{openmetrics};version=2.0.0;escaping=dots, text/plain")),
        (Format::OpenMetrics2, Escaping::Dots)
    );
    for accept in ["application/*", "*/*", openmetrics, &format!("{openmetrics};version=1.0.0")] {
        assert_ne!(of(accept).0, Format::OpenMetrics2, "{accept}");
    }
}

/// Its labels, its value and its time.
type ReadExemplar = (Vec<(String, String)>, f64, String);

/// A series: its labels, its values by name, and what else stands there.
#[derive(Debug, Default, PartialEq)]
struct Series {
    labels: Vec<(String, String)>,
    /// Those of a plain value have no name.
    values: BTreeMap<String, String>,
    time: Option<String>,
    start: Option<String>,
    exemplars: Vec<ReadExemplar>,
}

/// By name: the type, the unit, the help, and the series.
type Families = BTreeMap<String, (String, String, String, Vec<Series>)>;

/// Reads what the grammar allows, and panics where it allows nothing of the kind.
struct Parser<'a>(&'a str);

impl<'a> Parser<'a> {
    fn take(&mut self, start: &str) -> bool {
        let rest = self.0.strip_prefix(start);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    #[track_caller]
    fn expect(&mut self, start: &str) {
        assert!(self.take(start), "expected {start:?} at {:?}", self.0.get(..60).unwrap_or(self.0));
    }

    fn until(&mut self, ends: &[char]) -> &'a str {
        let (taken, rest) = self.0.split_at(self.0.find(ends).unwrap_or(self.0.len()));
        self.0 = rest;
        taken
    }

    fn quoted(&mut self) -> String {
        self.expect("\"");
        let text = self.escaped(true);
        self.expect("\"");
        text
    }

    /// Up to a quote or the end of the line.
    fn escaped(&mut self, is_quoted: bool) -> String {
        let mut text = String::new();
        loop {
            let first = self.0.chars().next().unwrap();
            if first == '\n' || is_quoted && first == '"' {
                return text;
            }
            self.0 = &self.0[first.len_utf8()..];
            assert!(first != '"', "a quote that is not escaped");
            text.push(match first {
                '\\' => {
                    let escaped = self.0.chars().next().unwrap();
                    self.0 = &self.0[1..];
                    match escaped {
                        'n' => '\n',
                        '"' | '\\' => escaped,
                        other => panic!("`\\{other}`"),
                    }
                }
                other => other,
            });
        }
    }

    fn name(&mut self) -> String {
        if self.0.starts_with('"') {
            return self.quoted();
        }
        let name = self.until(&[' ', '{', '=', '\n']);
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "_:".contains(c)), "{name}");
        assert!(!name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()), "{name}");
        name.to_owned()
    }

    fn number(&mut self) -> String {
        let number = self.until(&[' ', ',', ':', ']', '}', '\n']);
        number.parse::<f64>().unwrap_or_else(|_| panic!("{number:?}"));
        number.to_owned()
    }

    /// Behind the `{`.
    fn labels(&mut self, mut is_first: bool) -> Vec<(String, String)> {
        let mut labels = Vec::new();
        while !self.take("}") {
            if !is_first {
                self.expect(",");
            }
            is_first = false;
            let name = self.name();
            self.expect("=");
            labels.push((name, self.quoted()));
        }
        labels
    }

    fn list(&mut self) -> String {
        self.expect("[");
        let list = self.until(&[']']);
        self.expect("]");
        list.to_owned()
    }

    fn series(&mut self) -> (String, Series) {
        let mut series = Series::default();
        let name = match self.take("{") {
            true => {
                let name = self.quoted();
                series.labels = self.labels(false);
                name
            }
            false => {
                let name = self.name();
                if self.take("{") {
                    series.labels = self.labels(true);
                }
                name
            }
        };
        self.expect(" ");
        if self.take("{") {
            loop {
                let field = self.until(&[':']).to_owned();
                self.expect(":");
                let value = if self.0.starts_with('[') { self.list() } else { self.number() };
                assert!(series.values.insert(field, value).is_none());
                if self.take("}") {
                    break;
                }
                self.expect(",");
            }
        } else {
            series.values.insert(String::new(), self.number());
        }
        while !self.take("\n") {
            self.expect(" ");
            if self.take("# {") {
                let labels = self.labels(true);
                self.expect(" ");
                let value = self.number().parse::<f64>().unwrap() + 0.0;
                self.expect(" ");
                series.exemplars.push((labels, value, self.number()));
            } else if self.take("st@") {
                assert!(series.start.is_none() && series.exemplars.is_empty());
                series.start = Some(self.number());
            } else {
                assert!(series.time.is_none() && series.start.is_none());
                series.time = Some(self.number());
            }
        }
        (name, series)
    }

    fn page(mut self) -> Families {
        let mut families = Families::new();
        loop {
            if self.take("# EOF\n") {
                assert_eq!(self.0, "");
                return families;
            }
            self.expect("# TYPE ");
            let name = self.name();
            self.expect(" ");
            let kind = self.until(&['\n']).to_owned();
            let (mut unit, mut help) = (String::new(), String::new());
            self.expect("\n");
            if self.take("# UNIT ") {
                assert_eq!(self.name(), name);
                self.expect(" ");
                unit = self.until(&['\n']).to_owned();
                self.expect("\n");
            }
            if self.take("# HELP ") {
                assert_eq!(self.name(), name);
                self.expect(" ");
                // Quotes are escaped in it too.
                help = self.escaped(false);
                self.expect("\n");
            }
            let mut all = Vec::new();
            while !self.0.starts_with('#') {
                let (of, series) = self.series();
                assert_eq!(of, name);
                all.push(series);
            }
            assert!(families.insert(name, (kind, unit, help, all)).is_none(), "a family twice");
        }
    }
}

fn seconds(time: SystemTime) -> String {
    let millis = |since: Duration| since.as_millis();
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => {
            let millis = millis(since);
            let text = format!("{}.{:03}", millis / 1_000, millis % 1_000);
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        Err(before) => format!("{}", -before.duration().as_secs_f64()),
    }
}

fn owned(labels: Labels<'_>) -> Vec<(String, String)> {
    let labels = labels.iter().filter(|(_, value)| !value.is_empty());
    labels.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn exemplar(exemplar: &Exemplar) -> Option<ReadExemplar> {
    let labels = exemplar.labels().map(|(name, value)| (name.to_owned(), value.to_owned()));
    Some((labels.collect(), exemplar.value().as_f64() + 0.0, seconds(exemplar.time()?)))
}

/// The index and the count of each bucket, from spans and counts.
fn buckets(spans: &str, counts: &str) -> Vec<(i64, u64)> {
    let mut index = 0;
    let mut indices = Vec::new();
    for (place, span) in spans.split(',').enumerate() {
        let (offset, len) = span.split_once(':').unwrap();
        let (offset, len): (i64, i64) = (offset.parse().unwrap(), len.parse().unwrap());
        assert!(len > 0 && (place == 0 || offset > 0), "{spans}");
        index += offset;
        indices.extend(index..index + len);
        index += len;
    }
    let counts: Vec<u64> = counts.split(',').map(|count| count.parse().unwrap()).collect();
    assert_eq!(indices.len(), counts.len());
    std::iter::zip(indices, counts).collect()
}

/// Whether two texts are one number.
#[track_caller]
fn same(read: &str, expected: f64) {
    let read: f64 = read.parse().unwrap();
    assert!(read == expected || read.is_nan() && expected.is_nan(), "{read} {expected}");
}

#[track_caller]
fn check_classic(read: &str, bounds: &[f64], counts: &[u64]) {
    let mut count = 0_u64;
    let read: Vec<_> = read.split(',').map(|bucket| bucket.split_once(':').unwrap()).collect();
    assert_eq!(read.len(), counts.len());
    let bounds = bounds.iter().copied().chain([f64::INFINITY]);
    for (((bound, cumulative), expected), more) in std::iter::zip(read, bounds).zip(counts) {
        count = count.wrapping_add(*more);
        same(bound, expected);
        assert_eq!(cumulative, count.to_string());
    }
}

#[track_caller]
fn check(read: &Series, point: &Point<'_>) {
    let value = |name: &str| read.values[name].as_str();
    let fields = |names: &[&str]| assert_eq!(read.values.keys().collect::<Vec<_>>(), names);
    let side = |name: &str, expected: &[(i32, u64)]| {
        if expected.is_empty() {
            assert!(!read.values.contains_key(&format!("{name}_spans")));
            return;
        }
        let read = buckets(value(&format!("{name}_spans")), value(&format!("{name}_buckets")));
        assert!(read.iter().copied().eq(expected.iter().map(|(i, count)| (i64::from(*i), *count))));
    };
    match point.value {
        Value::Counter(number) | Value::Gauge(number) | Value::Unknown(number) => {
            fields(&[""]);
            same(value(""), number.as_f64());
        }
        Value::Info => assert_eq!(value(""), "1"),
        Value::State(holds) => assert_eq!(value(""), if holds { "1" } else { "0" }),
        Value::Histogram(classic) => {
            fields(&["bucket", "count", "sum"]);
            assert_eq!(value("count"), classic.count().to_string());
            same(value("sum"), classic.sum.as_f64());
            check_classic(value("bucket"), classic.bounds, classic.counts);
        }
        Value::NativeHistogram(native) => {
            assert_eq!(value("count"), native.classic.count().to_string());
            same(value("sum"), native.classic.sum.as_f64());
            assert_eq!(value("schema"), native.schema.to_string());
            same(value("zero_threshold"), native.zero_threshold);
            assert_eq!(value("zero_count"), native.zero_count.to_string());
            side("negative", native.negative);
            side("positive", native.positive);
            match native.classic.bounds {
                [] => assert!(!read.values.contains_key("bucket")),
                bounds => check_classic(value("bucket"), bounds, native.classic.counts),
            }
        }
        Value::Summary(summary) => {
            fields(&["count", "quantile", "sum"]);
            assert_eq!(value("count"), summary.count.to_string());
            same(value("sum"), summary.sum.as_f64());
            let shown = summary.quantiles.iter().filter(|(_, at)| *at >= 0.0 || at.is_nan());
            let quantiles = value("quantile").split(',').filter(|quantile| !quantile.is_empty());
            for (read, (quantile, at)) in std::iter::zip(quantiles.clone(), shown.clone()) {
                let (read, value) = read.split_once(':').unwrap();
                same(read, *quantile);
                same(value, *at);
            }
            assert_eq!(quantiles.count(), shown.count());
        }
        _ => panic!("{point:?}"),
    }
}

/// What was read, of which each family and series is taken away that was gathered.
struct Compare {
    read: Families,
    series: usize,
}

impl Sink for Compare {
    fn family(&mut self, family: &Descriptor) -> Flow {
        let (kind, unit, help, _) = &self.read[family.name()];
        assert_eq!((kind.as_str(), help.as_str()), (family.kind().as_str(), family.help()));
        assert_eq!(unit, family.unit().unwrap_or_default());
        Flow::Continue
    }

    fn point(&mut self, family: &Descriptor, labels: Labels<'_>, point: &Point<'_>) -> Flow {
        let (_, _, _, series) = self.read.get_mut(family.name()).unwrap();
        let read = series.remove(0);
        assert_eq!(read.labels, owned(labels));
        assert_eq!(read.time, point.time.map(seconds));
        let is_cumulative =
            matches!(family.kind(), Kind::Counter | Kind::Histogram | Kind::Summary);
        assert_eq!(read.start, point.created.filter(|_| is_cumulative).map(seconds));
        check(&read, point);
        let given: Vec<_> = point.exemplars.iter().filter_map(exemplar).collect();
        for read in &read.exemplars {
            // NaN is not what it is.
            assert!(given.iter().any(|it| format!("{it:?}") == format!("{read:?}")), "{given:?}");
        }
        let expected = match point.value {
            Value::Histogram(_) | Value::NativeHistogram(_) => given.len(),
            Value::Counter(_) => given.len().min(1),
            _ => 0,
        };
        assert_eq!(read.exemplars.len(), expected);
        self.series += 1;
        Flow::Continue
    }
}

#[test]
fn whatever_there_is_comes_back() {
    let mut series = 0;
    for seed in 1..=usually_or_long(400, 5_000) {
        let any = AnyRegistry::new(&mut Random(seed * 0x9E37_79B9));
        let text = page(&any.registry);
        let mut compare = Compare { read: Parser(&text).page(), series: 0 };
        any.registry.gather(&mut compare);
        let left: usize = compare.read.values().map(|(_, _, _, series)| series.len()).sum();
        assert_eq!(left, 0, "{text}");
        series += compare.series;
    }
    assert!(series > 1_000);
}
