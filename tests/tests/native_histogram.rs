//! Native histograms: alone, in families, in instances, kept, by derive and at run time.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, SystemTime};

use allocation_counter::measure;
use measurand::registry::{Flow, Labels, Point, Sink, Value};
use measurand::runtime::{FamilyOptions, InvalidFamily, NativeOptions, RegisterFamilyError};
use measurand::unit::{Celsius, Seconds};
use measurand::{
    Descriptor, Family, LabelSet, LabelValue, Metrics, NativeHistogram, Registry, Series,
};
use measurand_tests::{Clock, Random, sample, usually_or_long};

#[derive(LabelValue, Clone, Copy)]
enum Side {
    Left,
    Right,
}

#[derive(LabelSet, Clone, Copy)]
struct Topic<'a> {
    topic: &'a str,
}

const FINE: i8 = 8;

/// One of each sort.
#[derive(Metrics)]
#[metrics(group)]
struct Natives {
    /// Alone.
    size: NativeHistogram,
    /// In a unit.
    delay_seconds: NativeHistogram<Seconds>,
    /// With values below 0, and classic buckets.
    #[metric(native(schema = 0, zero_threshold = 1e-3), buckets = [-1, 0, 1])]
    room_celsius: NativeHistogram<Celsius>,
    /// With closed labels.
    #[metric(native(factor = 4))]
    closed: Family<Side, NativeHistogram>,
    /// With open labels.
    #[metric(max_series = 10, native(schema = FINE))]
    open_celsius: Family<Topic<'static>, NativeHistogram<Celsius>>,
}

/// A static.
#[derive(Metrics)]
#[metrics(namespace = "native", global = STATIC)]
struct Static {
    #[metric(flatten)]
    natives: Natives,
}

/// An instance.
#[derive(Metrics)]
#[metrics(namespace = "native_of", instance)]
struct Instance {
    #[metric(flatten)]
    natives: Natives,
}

/// What a sink is shown of a native histogram.
#[derive(Clone, Debug, PartialEq)]
struct Shown {
    schema: i8,
    zero: u64,
    positive: Vec<(i32, u64)>,
    negative: Vec<(i32, u64)>,
    classic: Vec<u64>,
    sum: f64,
    created: Option<SystemTime>,
}

#[derive(Default)]
struct Page(BTreeMap<String, Shown>);

impl Sink for Page {
    fn family(&mut self, _: &Descriptor) -> Flow {
        Flow::Continue
    }

    fn point(&mut self, family: &Descriptor, labels: Labels<'_>, point: &Point<'_>) -> Flow {
        let Value::NativeHistogram(value) = &point.value else { return Flow::Continue };
        let values: String = labels.iter().map(|(_, value)| format!(" {value}")).collect();
        assert_eq!(value.classic.bounds, family.buckets());
        let shown = Shown {
            schema: value.schema,
            zero: value.zero_count,
            positive: value.positive.to_vec(),
            negative: value.negative.to_vec(),
            classic: value.classic.counts.to_vec(),
            sum: value.classic.sum.as_f64(),
            created: point.created,
        };
        self.0.insert(format!("{}{values}", family.name()), shown);
        Flow::Continue
    }
}

fn gather(registry: &Registry) -> BTreeMap<String, Shown> {
    let mut page = Page::default();
    registry.gather(&mut page);
    page.0
}

fn text(registry: &Registry) -> String {
    let mut text = String::new();
    registry.encode_text(&mut text);
    text
}

fn check(natives: &Natives, prefix: &str, registry: &Registry) {
    let topic = Topic { topic: "a" };
    let kept: Series<NativeHistogram<Celsius>> = natives.open_celsius.with(topic).keep();
    for size in [1, 1, 8, 1_000] {
        natives.size.observe(size);
    }
    natives.delay_seconds.observe(Duration::from_millis(1_500));
    natives.delay_seconds.time(|| ());
    natives.delay_seconds.start_timer().discard();
    for degrees in [-3.0, -0.5, 0.0005, -0.0, 1.0, 30.0, f64::NAN, f64::INFINITY] {
        natives.room_celsius.observe(degrees);
    }
    natives.closed.with(Side::Left).observe(5);
    kept.observe(1);
    natives.open_celsius.with(topic).observe(1.0f64.next_up());

    let sizes = natives.size.snapshot();
    assert_eq!((sizes.count(), sizes.sum(), sizes.schema()), (4, 1_010, 3));
    let ends = sizes.native_buckets().map(|bucket| (bucket.upper_bound, bucket.count));
    let last = 2f64.powi(10);
    assert_eq!(ends.collect::<Vec<_>>(), [(1.0, 2), (8.0, 1), (last, 1)]);
    assert_eq!(natives.delay_seconds.snapshot().count(), 2);
    let warm = natives.room_celsius.snapshot();
    assert!(warm.sum().is_nan());
    let buckets = warm.native_buckets().map(|it| (it.lower_bound, it.upper_bound, it.count));
    let expected = [
        (-4.0, -2.0, 1),
        (-0.5, -0.25, 1),
        (-1e-3, 1e-3, 2),
        (0.5, 1.0, 1),
        (16.0, 32.0, 1),
        (f64::MAX, f64::INFINITY, 1),
    ];
    assert_eq!(buckets.collect::<Vec<_>>(), expected);
    let classic = warm.buckets().map(|bucket| (bucket.upper_bound, bucket.count));
    let expected = [(-1.0, 1), (0.0, 2), (1.0, 2), (f64::INFINITY, 3)];
    assert_eq!((warm.count(), classic.collect::<Vec<_>>()), (8, expected.to_vec()));
    assert_eq!(kept.snapshot().native_buckets().count(), 2);

    let page = gather(registry);
    let of = |name: &str| page[&format!("{prefix}_{name}")].clone();
    assert_eq!(of("size").positive, [(0, 2), (24, 1), (80, 1)]);
    assert_eq!((of("size").classic, of("size").sum), (vec![4], 1_010.0));
    assert!(of("size").created.is_some());
    let shown = of("room_celsius");
    assert_eq!((shown.schema, shown.zero, shown.classic), (0, 2, vec![1, 2, 2, 3]));
    assert_eq!(
        (shown.positive, shown.negative),
        (vec![(0, 1), (5, 1), (1_025, 1)], vec![(-1, 1), (2, 1)])
    );
    assert_eq!((of("closed left").schema, of("closed left").positive), (-1, vec![(2, 1)]));
    assert_eq!((of("closed right").schema, of("closed right").classic), (-1, vec![0]));
    assert_eq!(
        (of("open_celsius a").schema, of("open_celsius a").positive),
        (8, vec![(0, 1), (1, 1)])
    );

    // Text shows what is classic of it.
    let page = text(registry);
    assert!(page.contains(&format!("# TYPE {prefix}_size histogram\n")));
    assert!(page.contains(&format!(
        "{prefix}_size_bucket{{le=\"+Inf\"}} 4\n{prefix}_size_sum 1010\n{prefix}_size_count 4\n"
    )));
    assert_eq!(sample(&page, &format!("{prefix}_room_celsius_bucket{{le=\"0\"}}")), 3.0);
    assert_eq!(sample(&page, &format!("{prefix}_room_celsius_count")), 8.0);
    assert_eq!(sample(&page, &format!("{prefix}_closed_count{{side=\"left\"}}")), 1.0);

    assert!(natives.open_celsius.remove(topic));
    natives.closed.clear();
    let page = gather(registry);
    assert!(!page.contains_key(&format!("{prefix}_open_celsius a")));
    assert_eq!(page[&format!("{prefix}_closed left")].classic, [0]);
    natives.closed.with(Side::Left).observe(1);
    assert_eq!(natives.closed.with(Side::Left).snapshot().sum(), 1);
    assert_eq!(natives.closed.with(Side::Right).snapshot().count(), 0);
}

#[test]
fn a_static_has_native_histograms() {
    check(&STATIC.natives, "native", Registry::global());
}

#[test]
fn an_instance_has_native_histograms() {
    let registry = Registry::new();
    let instance = Instance::register(&registry).unwrap();
    check(&instance.natives, "native_of", &registry);
}

#[test]
fn a_future_is_timed() {
    let registry = Registry::new();
    let instance = Instance::register(&registry).unwrap();
    let runtime = actix_web::rt::Runtime::new().unwrap();
    let delay = &instance.natives.delay_seconds;
    assert_eq!(runtime.block_on(delay.time_async(async { 7 })), 7);
    assert_eq!(delay.snapshot().count(), 1);
}

/// Of every option.
#[derive(Metrics)]
#[metrics(namespace = "native_limits", instance)]
struct Limits {
    /// Coarser, and anew after an hour.
    #[metric(native(schema = 8, max_buckets = 2, min_reset = "1h"))]
    halved_celsius: NativeHistogram<Celsius>,
    /// With a zero bucket that gets wider.
    #[metric(native(
        factor = 1.5,
        max_buckets = 2,
        min_reset = Duration::ZERO,
        zero_threshold = 0,
        max_zero_threshold = 1,
    ))]
    widened_celsius: NativeHistogram<Celsius>,
}

#[test]
fn limits_make_it_coarser_until_it_may_start_anew() {
    let clock = Clock::take();
    let registry = Registry::new();
    let limits = Limits::register(&registry).unwrap();
    let shown = |name: &str| gather(&registry)[&format!("native_limits_{name}")].clone();
    for value in [1.0, 1.3, 1.5, 2.0] {
        limits.halved_celsius.observe(value);
        limits.widened_celsius.observe(value / 4.0);
    }
    let before = shown("halved_celsius");
    assert_eq!((before.schema, before.classic), (0, vec![4]));
    let widened = limits.widened_celsius.snapshot();
    assert_eq!((widened.schema(), widened.zero_threshold()), (1, 0.25));
    let counts = widened.native_buckets().map(|bucket| bucket.count);
    assert_eq!(counts.collect::<Vec<_>>(), [1, 1, 2]);

    // A snapshot leaves the counts to the scrape that they are for.
    clock.advance(Duration::from_secs(3_601));
    assert_eq!(limits.halved_celsius.snapshot().count(), 4);
    let after = shown("halved_celsius");
    assert_eq!((after.schema, after.classic, after.sum), (8, vec![0], 0.0));
    assert!(after.created > before.created);
    assert_eq!(shown("widened_celsius").classic, [4]);
    limits.halved_celsius.observe(3.0);
    assert_eq!(shown("halved_celsius").positive.len(), 1);
}

#[test]
fn families_of_them_are_made_at_run_time() {
    let registry = Registry::new();
    let options = || FamilyOptions::new("sizes", "Sizes of things.").max_series(10);
    let sizes = options()
        .native(NativeOptions::new().factor(2.0).zero_threshold(1.0))
        .buckets([10.0])
        .register::<NativeHistogram, 1>(&registry, ["thing"])
        .unwrap();
    sizes.with(["brick"]).observe(1);
    sizes.with(["brick"]).observe(17);
    let shown = gather(&registry)["sizes brick"].clone();
    assert_eq!((shown.schema, shown.zero, shown.positive), (0, 1, vec![(5, 1)]));
    assert_eq!(shown.classic, [1, 1]);

    let registry = Registry::new();
    for options_of in [
        NativeOptions::new().factor(1.0),
        NativeOptions::new().schema(9),
        NativeOptions::new().zero_threshold(-1.0),
        NativeOptions::new().max_zero_threshold(f64::NAN),
        NativeOptions::new().max_buckets(5_000),
    ] {
        let error = options().native(options_of).register_unlabelled::<NativeHistogram>(&registry);
        let RegisterFamilyError::Invalid(InvalidFamily::Native { .. }) = error.unwrap_err() else {
            panic!("{options_of:?} is taken");
        };
    }
    let classic = options().native(NativeOptions::new()).buckets([1.0]);
    let error = classic.register_unlabelled::<measurand::Histogram>(&registry).unwrap_err();
    assert!(matches!(error, RegisterFamilyError::Invalid(InvalidFamily::NotNative { .. })));
    assert!(error.to_string().contains("help: "), "{error}");
}

/// For hostile values.
#[derive(Metrics)]
#[metrics(namespace = "native_hostile", instance)]
struct Hostile {
    /// As Prometheus recommends.
    usual_celsius: NativeHistogram<Celsius>,
    /// Without a limit.
    #[metric(native(schema = 8, max_buckets = 0))]
    unlimited_celsius: NativeHistogram<Celsius>,
}

/// Any float there is.
fn any(random: &mut Random) -> f64 {
    let [high, low] = [0; 2].map(|_| random.below(1 << 30) as u64);
    f64::from_bits(high << 34 | low << 4)
}

#[test]
fn millions_of_hostile_values_take_less_than_a_mebibyte() {
    // An hour later they would start anew.
    let _clock = Clock::take();
    let registry = Registry::new();
    let hostile = Hostile::register(&registry).unwrap();
    let few = if cfg!(debug_assertions) { 200_000 } else { 20_000_000 };
    let count = usually_or_long(few, 20_000_000);
    let taken = |histogram: &NativeHistogram<Celsius>| {
        let mut random = Random(7);
        let info = measure(|| (0..count).for_each(|_| histogram.observe(any(&mut random))));
        assert_eq!(histogram.snapshot().count(), count);
        (info.bytes_current, histogram.snapshot().schema())
    };
    let (usual, unlimited) = (taken(&hostile.usual_celsius), taken(&hostile.unlimited_celsius));
    assert!(usual.0 < 16 << 10, "{usual:?}");
    assert!(unlimited.0 < 256 << 10 && unlimited.1 < 2, "{unlimited:?}");

    // Of threads that count at once each may take some.
    let all = Hostile::register(&Registry::new()).unwrap();
    let taken: i64 = thread::scope(|scope| {
        let counting = (1..=4).map(|seed| {
            let all = &all;
            scope.spawn(move || {
                let mut random = Random(seed);
                let each = count / 4;
                measure(|| {
                    (0..each).for_each(|_| {
                        all.usual_celsius.observe(any(&mut random));
                        all.unlimited_celsius.observe(any(&mut random));
                    });
                })
                .bytes_current
            })
        });
        let counting: Vec<_> = counting.collect();
        counting.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert!(taken < 1 << 20, "{taken}");
    assert_eq!(all.usual_celsius.snapshot().count(), count / 4 * 4);
}

#[test]
fn an_observation_allocates_nothing() {
    let registry = Registry::new();
    let natives = Instance::register(&registry).unwrap();
    let observe = || {
        for value in 0..100 {
            natives.natives.size.observe(value);
            natives.natives.delay_seconds.observe(Duration::from_millis(value));
            natives.natives.closed.with(Side::Left).observe(value);
        }
    };
    observe();
    assert_eq!(measure(observe).count_total, 0);
}
