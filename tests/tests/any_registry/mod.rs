//! Registries with whatever there can be, from numbers that look random.

use std::any::Any;
use std::time::{Duration, SystemTime};

use measurand::exemplar::Exemplar;
use measurand::registry::{Collector, NativeValue, Point, Points};
use measurand::runtime::FamilyOptions;
use measurand::unit::{Bytes, Celsius, Joules, Meters, Seconds};
use measurand::{
    Counter, Descriptor, Gauge, Histogram, Kind, NativeHistogram, Number, Registry, StateSet,
    Summary, Unknown, WithExemplars,
};
use measurand_tests::Random;

/// A registry and what keeps its families there.
pub(crate) struct AnyRegistry {
    pub(crate) registry: Registry,
    _handles: Vec<Box<dyn Any>>,
}

impl AnyRegistry {
    /// Some families, each of them made at run time or given by a collector.
    pub(crate) fn new(random: &mut Random) -> AnyRegistry {
        let (registry, mut handles) = (Registry::new(), Vec::new());
        let mut given = Vec::new();
        for index in 0..1 + random.below(5) {
            let name = format!("any_{index}");
            match random.below(2) {
                0 => handles.push(made(random, &registry, &name)),
                _ => given.push(Given::any(random, &name)),
            }
        }
        registry.register_collector(Gives(given)).unwrap().leak();
        AnyRegistry { registry, _handles: handles }
    }
}

/// Names of labels, not in their order.
const LABELS: [&[&str]; 4] = [&[], &["a"], &["b", "a"], &["zone", "b", "a"]];

const BOUNDS: [&[f64]; 5] =
    [&[1.0], &[-2.5, 0.0, 1e-7, 3.0], &[-0.0, 1e6], &[0.1, 1.0, 1e16], &[-1.0]];

fn pick<T: Copy>(random: &mut Random, all: &[T]) -> T {
    all[random.below(all.len())]
}

/// Short text of what parsers may stumble over.
fn text(random: &mut Random, len: usize) -> String {
    const CHARACTERS: [char; 24] = [
        '\0',
        '\n',
        '\r',
        '\t',
        '\u{1b}',
        '\u{7f}',
        '\u{85}',
        '\u{2028}',
        '\u{feff}',
        '\\',
        '"',
        '{',
        '}',
        ' ',
        ' ',
        ',',
        '=',
        '#',
        'n',
        'x',
        'ä',
        '→',
        '🦀',
        '\u{10ffff}',
    ];
    let len = random.below(len);
    (0..len).map(|_| pick(random, &CHARACTERS)).collect()
}

/// Rows of label values, each once.
fn rows(random: &mut Random, labels: usize) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<_>> =
        (0..random.below(4)).map(|_| (0..labels).map(|_| text(random, 8)).collect()).collect();
    rows.sort();
    rows.dedup();
    rows
}

/// A number that may be below 0.
fn float(random: &mut Random) -> f64 {
    const SPECIAL: [f64; 12] = [
        0.0,
        -0.0,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MAX,
        f64::MIN_POSITIVE,
        5e-324,
        1e15,
        -1e15,
        1e21,
        0.1,
    ];
    match random.below(4) {
        0 => pick(random, &SPECIAL),
        1 => random.below(2_000) as f64 - 1_000.0,
        2 => (random.below(1 << 30) as f64 - (1 << 29) as f64) / 1_000.0,
        _ => f64::from_bits(bits(random)),
    }
}

fn bits(random: &mut Random) -> u64 {
    let [high, low] = [0; 2].map(|_| random.below(1 << 30) as u64);
    high << 34 | low << 4 | random.below(16) as u64
}

/// A whole number, of any length.
fn whole(random: &mut Random) -> u64 {
    bits(random) >> random.below(64)
}

/// A time that no float rounds.
fn duration(random: &mut Random) -> Duration {
    Duration::from_nanos(whole(random) >> 12)
}

fn number(random: &mut Random) -> Number {
    match random.below(3) {
        0 => whole(random).into(),
        1 => duration(random).into(),
        _ => float(random).into(),
    }
}

/// What a counter may be.
fn amount(random: &mut Random) -> Number {
    match number(random) {
        Number::Float(value) if value.is_nan() || value < 0.0 => 0_u8.into(),
        amount => amount,
    }
}

fn time(random: &mut Random) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(random.below(1 << 30) as u64 * 2_000 + 123)
}

/// Registers a family, and does something with its series.
macro_rules! family {
    ($random:ident, $registry:ident, $options:expr, $kind:ty, |$metric:ident| $update:expr) => {{
        let (options, labels) = ($options.max_series(10), pick($random, &LABELS));
        if labels.is_empty() {
            let family = options.register_unlabelled::<$kind>($registry).unwrap();
            for _ in 0..$random.below(6) {
                let $metric = &family;
                $update;
            }
            Box::new(family) as Box<dyn Any>
        } else {
            let family = options.register_dynamic::<$kind>($registry, labels).unwrap();
            for row in rows($random, labels.len()) {
                let values: Vec<_> = row.iter().map(String::as_str).collect();
                for _ in 0..1 + $random.below(6) {
                    let $metric = family.try_with(&values).unwrap();
                    $update;
                }
            }
            Box::new(family)
        }
    }};
}

/// A family that is made at run time.
fn made(random: &mut Random, registry: &Registry, name: &str) -> Box<dyn Any> {
    let help = format!("Help of \"{}\".", text(random, 10));
    let options = |suffix: &str| FamilyOptions::new(format!("{name}{suffix}"), &*help);
    let bounds = pick(random, &BOUNDS);
    match random.below(15) {
        0 => family!(random, registry, options("_things"), Counter, |it| it
            .inc_by(whole(random) >> 3)),
        1 => family!(random, registry, options("_bytes"), Counter<Bytes>, |it| it
            .inc_by(whole(random) >> 3)),
        2 => family!(random, registry, options("_seconds"), Counter<Seconds>, |it| {
            it.inc_by(duration(random) / 8);
        }),
        3 => family!(random, registry, options("_joules"), Counter<Joules>, |it| it
            .inc_by(float(random))),
        4 => family!(random, registry, options("_things"), WithExemplars<Counter>, |it| {
            it.inc_by_with_exemplar(whole(random) >> 3, &[("id", &exemplar_text(random))]);
        }),
        5 => family!(random, registry, options(""), Gauge, |it| it.set(float(random))),
        6 => family!(random, registry, options("_celsius"), Gauge<Celsius>, |it| it
            .set(float(random))),
        7 => family!(random, registry, options("_meters"), Unknown<Meters>, |it| it
            .set(float(random))),
        8 => family!(random, registry, options("_seconds"), Histogram<Seconds>, |it| {
            it.observe(duration(random) / 8);
        }),
        9 => {
            let options = options("_celsius").buckets(bounds);
            family!(random, registry, options, Histogram<Celsius>, |it| it.observe(float(random)))
        }
        10 => {
            let options = options("_celsius").buckets(bounds);
            family!(random, registry, options, WithExemplars<Histogram<Celsius>>, |it| {
                it.observe_with_exemplar(float(random), &[("id", &exemplar_text(random))]);
            })
        }
        11 => family!(random, registry, options("_celsius"), NativeHistogram<Celsius>, |it| {
            it.observe(float(random));
        }),
        12 => {
            let options = options("_celsius").buckets(bounds);
            family!(random, registry, options, WithExemplars<NativeHistogram<Celsius>>, |it| {
                it.observe_with_exemplar(float(random), &[("id", &exemplar_text(random))]);
            })
        }
        13 => {
            let options = options("_joules").quantiles([(0.0, 0.01), (0.5, 0.05), (1.0, 0.01)]);
            family!(random, registry, options, Summary<Joules>, |it| it.observe(float(random)))
        }
        _ => family!(random, registry, options(""), StateSet<bool>, |it| it
            .set(random.below(2) == 0)),
    }
}

/// What leads somewhere. Some versions of the parser take the first `}` for the end of an exemplar's labels,
/// and others lose count of its quotes.
fn exemplar_text(random: &mut Random) -> String {
    text(random, 12).replace(['}', '"'], "")
}

fn exemplars(random: &mut Random, most: usize) -> Vec<Exemplar> {
    let any = |random: &mut Random| {
        let time = (random.below(2) == 0).then(|| time(random));
        let labels = [("id", exemplar_text(random)), ("span_id", exemplar_text(random))];
        let labels = labels.iter().map(|(name, value)| (*name, &**value)).take(random.below(3));
        Exemplar::new(labels, number(random), time).unwrap()
    };
    (0..random.below(most + 1)).map(|_| any(random)).collect()
}

/// Gives points of families.
struct Gives(Vec<Given>);

/// A family, and the points of it.
struct Given {
    family: Descriptor,
    points: Vec<GivenPoint>,
}

struct GivenPoint {
    labels: Vec<String>,
    value: Owned,
    created: Option<SystemTime>,
    time: Option<SystemTime>,
    exemplars: Vec<Exemplar>,
}

/// A value that borrows nothing.
enum Owned {
    Counter(Number),
    Gauge(Number),
    Unknown(Number),
    Info,
    State(bool),
    Histogram(Vec<u64>, Number),
    Native {
        schema: i8,
        zero: (f64, u64),
        positive: Side,
        negative: Side,
        classic: Vec<u64>,
        sum: Number,
    },
    Summary(Vec<(f64, f64)>, u64, Number),
}

type Side = Vec<(i32, u64)>;

impl Given {
    fn any(random: &mut Random, name: &str) -> Given {
        let help = format!("Help of \\{}.", text(random, 10));
        let (bounds, labels) = (pick(random, &BOUNDS), pick(random, &LABELS));
        let of = |suffix: &str| format!("{name}{suffix}");
        let kind = random.below(10);
        let family = match kind {
            0 => Descriptor::counter(of("_things"), help),
            1 => Descriptor::counter(of("_bytes"), help).unit::<Bytes>(),
            2 => Descriptor::gauge(of(""), help),
            3 => Descriptor::unknown(of("_seconds"), help).unit::<Seconds>(),
            4 => Descriptor::info(of(""), help),
            5 => Descriptor::state_set(of(""), help),
            6 => Descriptor::histogram(of("_celsius"), help).unit::<Celsius>().buckets(bounds),
            7 => {
                Descriptor::native_histogram(of("_celsius"), help).unit::<Celsius>().buckets(bounds)
            }
            8 => Descriptor::native_histogram(of("_seconds"), help).unit::<Seconds>(),
            _ => Descriptor::summary(of("_seconds"), help).unit::<Seconds>(),
        };
        let family = family.labels(labels.iter().copied()).build().unwrap();
        let mut rows = rows(random, labels.len());
        if family.kind() == Kind::StateSet {
            let with = |row: &Vec<String>, state: &str| [&**row, &[state.to_owned()]].concat();
            rows =
                rows.iter().flat_map(|row| ["on", "o\"ff"].map(|state| with(row, state))).collect();
        }
        let is_native = matches!(kind, 7 | 8);
        let point = |labels| GivenPoint::any(random, &family, is_native, labels);
        let points = rows.into_iter().map(point).collect();
        Given { family, points }
    }
}

impl GivenPoint {
    fn any(
        random: &mut Random,
        family: &Descriptor,
        is_native: bool,
        labels: Vec<String>,
    ) -> GivenPoint {
        let counts = |random: &mut Random| -> Vec<u64> {
            let of_one = |_| if random.below(3) == 0 { 0 } else { whole(random) >> 4 };
            (0..=family.buckets().len()).map(of_one).collect()
        };
        let (value, most_exemplars) = match family.kind() {
            Kind::Counter => (Owned::Counter(amount(random)), 2),
            Kind::Gauge => (Owned::Gauge(number(random)), 0),
            Kind::Unknown => (Owned::Unknown(number(random)), 0),
            Kind::Info => (Owned::Info, 0),
            Kind::StateSet => (Owned::State(random.below(2) == 0), 0),
            Kind::Histogram if is_native => {
                let classic = counts(random);
                (native(random, classic), 4)
            }
            Kind::Histogram => (Owned::Histogram(counts(random), number(random)), 4),
            Kind::Summary => {
                let quantiles = [0.0, 0.5, 0.99, 1.0].into_iter().take(random.below(5));
                let quantiles = quantiles.map(|quantile| (quantile, float(random))).collect();
                (Owned::Summary(quantiles, whole(random), number(random)), 0)
            }
            other => panic!("{other:?} is new"),
        };
        let created = (random.below(2) == 0).then(|| time(random));
        // All states of a set are of one time, and the parser takes all infos for one set.
        let at = match family.kind() {
            Kind::StateSet | Kind::Info => {
                Some(SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_123))
            }
            _ => (random.below(3) == 0).then(|| time(random)),
        };
        GivenPoint {
            labels,
            value,
            created,
            time: at,
            exemplars: exemplars(random, most_exemplars),
        }
    }

    fn point(&self) -> Point<'_> {
        let mut point = match &self.value {
            Owned::Counter(number) => Point::counter(*number),
            Owned::Gauge(number) => Point::gauge(*number),
            Owned::Unknown(number) => Point::unknown(*number),
            Owned::Info => Point::info(),
            Owned::State(holds) => Point::state(*holds),
            Owned::Histogram(counts, sum) => Point::histogram(counts, *sum),
            Owned::Native { schema, zero, positive, negative, classic, sum } => {
                let value = NativeValue::new(*schema, classic, *sum).zero(zero.0, zero.1);
                Point::native_histogram(value.positive(positive).negative(negative))
            }
            Owned::Summary(quantiles, count, sum) => Point::summary(quantiles, *count, *sum),
        };
        if let Some(created) = self.created {
            point = point.since(created);
        }
        if let Some(time) = self.time {
            point = point.at(time);
        }
        point.with_exemplars(&self.exemplars)
    }
}

/// A native histogram, whose classic buckets hold enough.
fn native(random: &mut Random, mut classic: Vec<u64>) -> Owned {
    let side = |random: &mut Random| -> Side {
        let mut index = random.below(1_000) as i32 - 500;
        (0..random.below(8))
            .map(|_| {
                index += pick(random, &[1, 1, 1, 2, 50]);
                (index, whole(random) >> 8)
            })
            .collect()
    };
    let (positive, negative) = (side(random), side(random));
    let zero = (pick(random, &[0.0, 1e-9, 0.5]), pick(random, &[0, 3]));
    let all = positive.iter().chain(&negative).map(|(_, count)| *count).sum::<u64>() + zero.1;
    classic[0] = classic[0].max(all);
    let schema = random.below(13) as i8 - 4;
    Owned::Native { schema, zero, positive, negative, classic, sum: number(random) }
}

impl Collector for Gives {
    fn collect(&self, points: &mut Points<'_>) {
        for Given { family, points: given } in &self.0 {
            for point in given {
                let labels: Vec<_> = point.labels.iter().map(String::as_str).collect();
                points.push(family, &labels, point.point());
            }
        }
    }
}
