//! Points of every kind, which collectors give.

use std::time::{Duration, SystemTime};

use measurand::registry::{Collector, NativeValue, Point, Points, SummaryValue, Value};
use measurand::registry::{Flow, Labels, Sink};
use measurand::unit::Seconds;
use measurand::{Descriptor, Registry};

struct Gives<F>(F);

impl<F: Fn(&mut Points<'_>) + Send + Sync + 'static> Collector for Gives<F> {
    fn collect(&self, points: &mut Points<'_>) {
        (self.0)(points);
    }
}

fn page_of(give: impl Fn(&mut Points<'_>) + Send + Sync + 'static) -> String {
    let registry = Registry::new();
    registry.register_collector(Gives(give)).unwrap().leak();
    let mut page = String::new();
    registry.encode_text(&mut page);
    page
}

#[test]
fn points_of_every_kind_stand_on_the_page() {
    let build = Descriptor::info("app_build", "The build.").labels(["version"]).build().unwrap();
    let mode = Descriptor::state_set("app_mode", "What it does.").labels(["shard"]);
    let mode = mode.build().unwrap();
    let seen = Descriptor::unknown("app_seen", "What was seen.").build().unwrap();
    let wait = Descriptor::summary("app_wait_seconds", "Time to wait.").unit::<Seconds>();
    let wait = wait.labels(["pool"]).build().unwrap();
    let size = Descriptor::native_histogram("app_size", "Sizes.").build().unwrap();
    let page = page_of(move |points| {
        points.push(&build, &["1.2\n"], Point::info());
        points.push(&mode, &["a", "run"], Point::state(true));
        points.push(&mode, &["a", "halt"], Point::state(false));
        points.push(&seen, &[], Point::unknown(-1.5));
        let quantiles = [(0.5, 0.25), (0.99, f64::NAN)];
        points.push(&wait, &["x"], Point::summary(&quantiles, 7, Duration::from_millis(4_500)));
        let value = NativeValue::new(3, &[6], 9.5).zero(0.001, 1).positive(&[(-4, 2), (7, 2)]);
        points.push(&size, &[], Point::native_histogram(value.negative(&[(0, 1)])));
    });
    let expected = "\
# HELP app_build_info The build.
# TYPE app_build_info gauge
app_build_info{version=\"1.2\\n\"} 1
# HELP app_mode What it does.
# TYPE app_mode gauge
app_mode{shard=\"a\",app_mode=\"halt\"} 0
app_mode{shard=\"a\",app_mode=\"run\"} 1
# HELP app_seen What was seen.
# TYPE app_seen untyped
app_seen -1.5
# HELP app_size Sizes.
# TYPE app_size histogram
app_size_bucket{le=\"+Inf\"} 6
app_size_sum 9.5
app_size_count 6
# HELP app_wait_seconds Time to wait.
# TYPE app_wait_seconds summary
app_wait_seconds{pool=\"x\",quantile=\"0.5\"} 0.25
app_wait_seconds{pool=\"x\",quantile=\"0.99\"} NaN
app_wait_seconds_sum{pool=\"x\"} 4.5
app_wait_seconds_count{pool=\"x\"} 7
";
    assert_eq!(page, expected);
}

#[test]
fn a_point_of_its_own_time_says_it_behind_every_sample() {
    let level = Descriptor::gauge("app_level", "Level.").build().unwrap();
    let size = Descriptor::histogram("app_size", "Sizes.").buckets([1.0]).build().unwrap();
    let wait = Descriptor::summary("app_wait", "Waits.").build().unwrap();
    let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_123);
    let page = page_of(move |points| {
        let before = SystemTime::UNIX_EPOCH - Duration::from_millis(5);
        points.push(&level, &[], Point::gauge(3).at(before));
        points.push(&size, &[], Point::histogram(&[1, 2], 7).at(time));
        points.push(&wait, &[], Point::summary(&[(1.0, 4.0)], 2, 5).at(time));
    });
    let expected = "\
# HELP app_level Level.
# TYPE app_level gauge
app_level 3 -5
# HELP app_size Sizes.
# TYPE app_size histogram
app_size_bucket{le=\"1\"} 1 1700000000123
app_size_bucket{le=\"+Inf\"} 3 1700000000123
app_size_sum 7 1700000000123
app_size_count 3 1700000000123
# HELP app_wait Waits.
# TYPE app_wait summary
app_wait{quantile=\"1\"} 4 1700000000123
app_wait_sum 5 1700000000123
app_wait_count 2 1700000000123
";
    assert_eq!(page, expected);
}

/// Remembers what it is shown.
#[derive(Default)]
struct Shown(Vec<String>);

impl Sink for Shown {
    fn family(&mut self, _: &Descriptor) -> Flow {
        Flow::Continue
    }

    fn point(&mut self, family: &Descriptor, labels: Labels<'_>, point: &Point<'_>) -> Flow {
        let value = match point.value {
            Value::NativeHistogram(value) => format!(
                "native {} {} {} {:?} {:?} {}",
                value.schema,
                value.zero_threshold,
                value.zero_count,
                value.positive,
                value.negative,
                value.classic.count()
            ),
            Value::Summary(SummaryValue { quantiles, count, .. }) => {
                format!("summary {quantiles:?} {count}")
            }
            value => format!("{value:?}"),
        };
        self.0.push(format!("{} {labels:?} {value}", family.name()));
        Flow::Continue
    }
}

#[test]
fn a_sink_is_given_what_the_collector_gave() {
    let size = Descriptor::native_histogram("app_size", "Sizes.").buckets([2.0]).build().unwrap();
    let wait = Descriptor::summary("app_wait", "Waits.").build().unwrap();
    let mode = Descriptor::state_set("app_mode", "What it does.").build().unwrap();
    let registry = Registry::new();
    let give = move |points: &mut Points<'_>| {
        let value = NativeValue::new(-2, &[1, 2], 9.5).zero(0.5, 1).negative(&[(-1, 1), (3, 1)]);
        points.push(&size, &[], Point::native_histogram(value));
        points.push(&wait, &[], Point::summary(&[(0.5, 2.0)], 2, 5));
        points.push(&mode, &["halt"], Point::state(false));
    };
    registry.register_collector(Gives(give)).unwrap().leak();
    let mut shown = Shown::default();
    registry.gather(&mut shown);
    assert_eq!(
        shown.0,
        [
            "app_mode {\"app_mode\": \"halt\"} State(false)",
            "app_size {} native -2 0.5 1 [] [(-1, 1), (3, 1)] 3",
            "app_wait {} summary [(0.5, 2.0)] 2",
        ]
    );
}

#[test]
fn what_no_point_can_be_is_left_out_and_told() {
    #[track_caller]
    fn check(family: &Descriptor, point: Point<'_>, told: &str) {
        type Give = Box<dyn Fn(&Descriptor, &mut Points<'_>) + Send + Sync>;
        struct One(Descriptor, Give);
        impl Collector for One {
            fn collect(&self, points: &mut Points<'_>) {
                (self.1)(&self.0, points);
            }
        }
        // A point is copied into what the collector owns.
        let give: Give = match point.value {
            Value::NativeHistogram(value) => {
                let (schema, threshold, zeros) =
                    (value.schema, value.zero_threshold, value.zero_count);
                let positive = value.positive.to_vec();
                let counts = value.classic.counts.to_vec();
                Box::new(move |family, points| {
                    let value = NativeValue::new(schema, &counts, 1).zero(threshold, zeros);
                    points.push(family, &[], Point::native_histogram(value.positive(&positive)));
                })
            }
            Value::Summary(value) => {
                let quantiles = value.quantiles.to_vec();
                Box::new(move |family, points| {
                    points.push(family, &[], Point::summary(&quantiles, 1, 1));
                })
            }
            _ => Box::new(|family, points| points.push(family, &[], Point::gauge(1))),
        };
        let registry = Registry::new();
        registry.register_collector(One(family.clone(), give)).unwrap().leak();
        let error = registry.validate().unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
        let mut page = String::new();
        registry.encode_text(&mut page);
        assert!(!page.contains(&format!("\n{}", family.name())), "{page}");
    }
    let size = Descriptor::native_histogram("app_size", "Sizes.").build().unwrap();
    let native = |schema, counts: &'static [u64]| NativeValue::new(schema, counts, 1);
    check(&size, Point::native_histogram(native(9, &[1])), "schema must be from -4 to 8");
    check(&size, Point::native_histogram(native(-5, &[1])), "schema must be from -4 to 8");
    check(&size, Point::native_histogram(native(0, &[1]).zero(f64::NAN, 0)), "zero threshold");
    check(&size, Point::native_histogram(native(0, &[1]).zero(-1.0, 0)), "zero threshold");
    let falling = native(0, &[3]).positive(&[(2, 1), (2, 1)]);
    check(&size, Point::native_histogram(falling), "strictly increasing");
    let more = native(0, &[1]).zero(0.1, 1).positive(&[(2, 1)]);
    check(&size, Point::native_histogram(more), "more observations than the classic ones");
    check(&size, Point::native_histogram(native(0, &[1, 2])), "2 counts for 1 buckets");
    check(&size, Point::gauge(1), "give a `Point::histogram`");
    let wait = Descriptor::summary("app_wait", "Waits.").build().unwrap();
    check(&wait, Point::summary(&[(0.5, 1.0), (0.5, 1.0)], 1, 1), "quantiles must be from 0 to 1");
    check(&wait, Point::summary(&[(1.5, 1.0)], 1, 1), "quantiles must be from 0 to 1");
    check(&wait, Point::summary(&[(f64::NAN, 1.0)], 1, 1), "quantiles must be from 0 to 1");
    let build = Descriptor::info("app_build", "The build.").build().unwrap();
    check(&build, Point::gauge(1), "give a `Point::info`");
    let mode = Descriptor::unknown("app_mode", "What it does.").build().unwrap();
    check(&mode, Point::gauge(1), "give a `Point::unknown`");
}
