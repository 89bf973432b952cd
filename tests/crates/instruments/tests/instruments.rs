//! Instruments of OpenTelemetry's API on the page of a registry, beside what `opentelemetry-prometheus` makes of them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use measurand::facade::opentelemetry_0_33::Reader;
use measurand::registry::{Flow, Labels, Point, Sink, Value};
use measurand::{Counter, Descriptor, Metrics, Registry};
use opentelemetry_0_33::metrics::{Meter, MeterProvider as _};
use opentelemetry_0_33::{InstrumentationScope, KeyValue};
use opentelemetry_sdk_0_33::Resource;
use opentelemetry_sdk_0_33::metrics::{
    Aggregation, Instrument, InstrumentKind, MeterProviderBuilder, SdkMeterProvider, Stream,
};
use prometheus::{Encoder as _, TextEncoder};

fn empty() -> MeterProviderBuilder {
    SdkMeterProvider::builder().with_resource(Resource::builder_empty().build())
}

/// A registry that reads a provider.
fn read(builder: MeterProviderBuilder) -> (Registry, SdkMeterProvider) {
    let (registry, reader) = (Registry::new(), Reader::new());
    let provider = builder.with_reader(reader.clone()).build();
    registry.register_collector(reader).unwrap().leak();
    (registry, provider)
}

/// What a program of some size measures.
fn measure(provider: &SdkMeterProvider) {
    let scope = InstrumentationScope::builder("http.client").with_version("1.2");
    let scope = scope.with_attributes([KeyValue::new("build.kind", "debug")]).build();
    for meter in [provider.meter("mailer"), provider.meter_with_scope(scope)] {
        let sent = meter.u64_counter("mail.sent").with_description("Mail that was sent.").build();
        sent.add(3, &[KeyValue::new("mail.kind", "receipt")]);
        sent.add(4, &[KeyValue::new("mail.kind", "a \"quoted\"\\\n one"), KeyValue::new("n", 7)]);
        sent.add(5, &[]);
        meter.f64_counter("cpu.time").with_unit("s").build().add(1.5, &[]);
        meter.i64_up_down_counter("queue.length").build().add(-2, &[KeyValue::new("q", true)]);
        meter.f64_gauge("temperature").with_unit("Cel").build().record(-3.25, &[]);
        meter.f64_gauge("cpu.utilization").with_unit("1").build().record(0.5, &[]);
        let sizes = meter.u64_histogram("mail.size").with_unit("By");
        let sizes = sizes.with_boundaries(vec![10.0, 100.0, 1_000.0]).build();
        [1, 10, 11, 5_000].into_iter().for_each(|size| sizes.record(size, &[]));
        let times = meter.f64_histogram("http.client.duration").with_unit("ms").build();
        [0.1, 7.0, 1e9]
            .into_iter()
            .for_each(|time| times.record(time, &[KeyValue::new("to", "a")]));
        let wind = meter.f64_observable_gauge("wind").with_unit("m/s");
        wind.with_callback(|observer| observer.observe(12.5, &[])).build();
        let read = meter.u64_observable_counter("disk.read").with_unit("{block}");
        read.with_callback(|observer| observer.observe(77, &[KeyValue::new("disk", "sda")]))
            .build();
    }
}

/// The samples of a page: names, labels in order, and values.
fn samples(page: &str) -> BTreeSet<(String, String)> {
    let sample = |line: &str| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        let value: f64 = value.parse().unwrap();
        let (name, labels) = name.split_once('{').unwrap_or((name, "}"));
        let mut labels: Vec<_> = labels.strip_suffix('}').unwrap().split(',').collect();
        labels.sort();
        (format!("{name}{labels:?}"), format!("{value:?}"))
    };
    page.lines().filter(|line| !line.starts_with('#')).map(sample).collect()
}

fn families(page: &str) -> BTreeSet<&str> {
    page.lines().filter(|line| line.starts_with("# TYPE ")).collect()
}

fn their_page(theirs: &prometheus::Registry) -> String {
    let mut page = Vec::new();
    TextEncoder::new().encode(&theirs.gather(), &mut page).unwrap();
    String::from_utf8(page).unwrap()
}

#[test]
fn a_page_is_that_of_the_exporter_of_opentelemetry() {
    let theirs = prometheus::Registry::new();
    let exporter = opentelemetry_prometheus::exporter().with_registry(theirs.clone());
    let resource = Resource::builder_empty().with_attributes([
        KeyValue::new("service.name", "shop"),
        KeyValue::new("service.version", "3"),
    ]);
    let builder = SdkMeterProvider::builder().with_resource(resource.build());
    let (registry, provider) = read(builder.with_reader(exporter.build().unwrap()));
    measure(&provider);
    let (mine, theirs) = (registry.to_text(), their_page(&theirs));
    assert_eq!(samples(&mine), samples(&theirs), "{mine}\n{theirs}");
    assert_eq!(families(&mine), families(&theirs));
    assert!(mine.contains("# HELP mail_sent_total Mail that was sent.\n"));
    assert!(mine.contains("target_info{service_name=\"shop\",service_version=\"3\"} 1\n"));
    // What the exporter of OpenTelemetry leaves empty says where it is from.
    assert!(
        mine.contains("# HELP cpu_time_seconds_total OpenTelemetry's instrument `cpu.time`.\n")
    );
    // The same again.
    assert_eq!(registry.to_text(), mine);
}

/// Where the exporter of OpenTelemetry does other than its specification.
#[test]
fn names_do_not_say_a_thing_twice() {
    let (registry, provider) = read(empty());
    let meter = provider.meter("m");
    meter.u64_counter("io.read_bytes_total").with_unit("By").build().add(1, &[]);
    meter.f64_gauge("uptime.seconds").with_unit("s").build().record(2.0, &[]);
    meter.u64_counter("retries").with_unit("1").build().add(3, &[]);
    meter.u64_gauge("queue").with_unit("jobs").build().record(4, &[]);
    let page = registry.to_text();
    for expected in ["io_read_bytes_total{", "uptime_seconds{", "retries_total{", "queue_jobs{"] {
        assert!(page.contains(&format!("\n{expected}otel_scope_name=\"m\"}} ")), "{page}");
    }
}

/// The native histograms that a gather shows.
#[derive(Default)]
struct Natives(Vec<(String, Native)>);

#[derive(Debug, PartialEq)]
struct Native {
    schema: i8,
    zero: u64,
    positive: Vec<(i32, u64)>,
    negative: Vec<(i32, u64)>,
    count: u64,
}

impl Sink for Natives {
    fn family(&mut self, family: &Descriptor) -> Flow {
        self.0.push((
            family.name().to_owned(),
            Native { schema: 0, zero: 0, positive: vec![], negative: vec![], count: 0 },
        ));
        Flow::Continue
    }

    fn point(&mut self, _: &Descriptor, _: Labels<'_>, point: &Point<'_>) -> Flow {
        match point.value {
            Value::NativeHistogram(value) => {
                self.0.last_mut().unwrap().1 = Native {
                    schema: value.schema,
                    zero: value.zero_count,
                    positive: value.positive.to_vec(),
                    negative: value.negative.to_vec(),
                    count: value.classic.count(),
                };
            }
            _ => drop(self.0.pop()),
        }
        Flow::Continue
    }
}

#[test]
fn exponential_histograms_are_native_ones() {
    let of_scale = |max_scale: i8| {
        let view = move |instrument: &Instrument| {
            let aggregation = Aggregation::Base2ExponentialHistogram {
                max_size: 160,
                max_scale,
                record_min_max: true,
            };
            let is_one = instrument.kind() == InstrumentKind::Histogram;
            is_one.then(|| Stream::builder().with_aggregation(aggregation).build().unwrap())
        };
        let (registry, provider) = read(empty().with_view(view));
        let sizes = provider.meter("m").f64_histogram("size").build();
        [1.0, 1.5, 2.0, 2.0, 0.0, 1_000.0].into_iter().for_each(|size| sizes.record(size, &[]));
        let mut natives = Natives::default();
        registry.gather(&mut natives);
        natives.0.into_iter().find(|(name, _)| name == "size").map(|(_, native)| native).unwrap()
    };
    let whole = of_scale(0);
    let expected = vec![(0, 1), (1, 3), (10, 1)];
    assert_eq!(
        whole,
        Native { schema: 0, zero: 1, positive: expected, negative: vec![], count: 6 }
    );
    // The range asks for a coarser scale than 20, and a finer one than 8 is none of Prometheus.
    for max_scale in [4, 20] {
        let native = of_scale(max_scale);
        assert!(native.schema <= 8, "{native:?}");
        let bound =
            |index: i32| f64::from(index).mul_add(0.5_f64.powi(native.schema.into()), 0.0).exp2();
        for value in [1.0, 1.5, 2.0, 1_000.0] {
            let holds =
                |index: i32| bound(index - 1) < value && value <= bound(index) * (1.0 + 1e-12);
            let found = native.positive.iter().filter(|(index, _)| holds(*index));
            assert_eq!(found.count(), 1, "{value} in {native:?}");
        }
        assert_eq!(native.positive.iter().map(|(_, count)| count).sum::<u64>(), 5);
    }
}

#[test]
fn the_finest_buckets_are_brought_to_those_of_prometheus() {
    let view = |_: &Instrument| {
        let finest = Aggregation::Base2ExponentialHistogram {
            max_size: 160,
            max_scale: 20,
            record_min_max: false,
        };
        Stream::builder().with_aggregation(finest).build().ok()
    };
    let (registry, provider) = read(empty().with_view(view));
    let sizes = provider.meter("m").f64_histogram("size").build();
    // So near to each other that the scale stays 20: all of them in one bucket of schema 8, above 1.
    (0..10).for_each(|step| sizes.record(1.0 + f64::from(step) * 1e-6 + 1e-7, &[]));
    let mut natives = Natives::default();
    registry.gather(&mut natives);
    let (_, native) = natives.0.into_iter().find(|(name, _)| name == "size").unwrap();
    assert_eq!((native.schema, &*native.positive), (8, &[(1, 10)][..]));
}

/// A family of this crate's.
#[derive(Metrics)]
#[metrics(namespace = "taken", unlinked)]
struct TakenMetrics {
    /// Taken before.
    #[metric(rename = "mail_total")]
    mail: Counter,
}

#[test]
fn what_cannot_stand_beside_each_other_is_left_out_and_counted() {
    let registry = Registry::new();
    TakenMetrics::register(&registry).unwrap();
    TakenMetrics::global().mail.inc();
    let reader = Reader::new();
    let provider = empty().with_reader(reader.clone()).build();
    registry.register_collector(reader).unwrap().leak();
    let [first, second] = ["first", "second"].map(|scope| provider.meter(scope));
    first.u64_counter("jobs").build().add(1, &[]);
    second.u64_gauge("jobs.total").build().record(2, &[]);
    first.f64_histogram("size").with_boundaries(vec![1.0]).build().record(0.5, &[]);
    second.f64_histogram("size").with_boundaries(vec![2.0]).build().record(0.5, &[]);
    first.f64_histogram("bare").with_boundaries(vec![]).build().record(0.5, &[]);
    first.u64_counter("taken.mail").build().add(9, &[]);
    first.u64_counter(format!("a{}", ".long".repeat(50))).build().add(1, &[]);
    first.u64_counter("fine").build().add(1, &[KeyValue::new("le", "x")]);
    let sizes = first.u64_histogram("le.sizes").with_boundaries(vec![5.0]).build();
    sizes.record(1, &[KeyValue::new("le", "x")]);
    let page = registry.to_text();
    for expected in [
        "taken_mail_total 1\n",
        "jobs_total{otel_scope_name=\"first\"} 1\n",
        "size_bucket{otel_scope_name=\"first\",le=\"1\"} 1\n",
        "bare_bucket{otel_scope_name=\"first\",le=\"+Inf\"} 1\n",
        "fine_total{le=\"x\",otel_scope_name=\"first\"} 1\n",
        "le_sizes_bucket{key_le=\"x\",otel_scope_name=\"first\",le=\"5\"} 1\n",
    ] {
        assert!(page.contains(expected), "{expected}{page}");
    }
    assert!(!page.contains("second") && !page.contains("} 9\n"), "{page}");
    let types: Vec<_> = page.lines().filter(|line| line.starts_with("# TYPE ")).collect();
    assert_eq!(types.len(), types.iter().collect::<BTreeSet<_>>().len(), "{page}");
    let problems = registry.validate().unwrap_err().to_string();
    for expected in ["is of another kind", "has other buckets", "taken_mail_total"] {
        assert!(problems.contains(expected), "{problems}");
    }
}

#[test]
fn a_provider_that_is_shut_down_shows_nothing_more() {
    let (registry, provider) = read(empty());
    let meter: Meter = provider.meter("m");
    meter.u64_counter("jobs").build().add(1, &[]);
    assert!(registry.to_text().contains("jobs_total{otel_scope_name=\"m\"} 1\n"));
    provider.shutdown().unwrap();
    assert_eq!(registry.to_text(), "");
    // Nor does a reader that no provider has.
    let lone = Registry::new();
    lone.register_collector(Reader::new()).unwrap().leak();
    assert_eq!(lone.to_text(), "");
}

#[test]
fn threads_measure_while_it_is_read() {
    let (registry, provider) = read(empty());
    let seen = Arc::new(Mutex::new(0.0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let meter = provider.meter("m");
            scope.spawn(move || {
                let jobs = meter.u64_counter("jobs").build();
                (0..10_000).for_each(|_| jobs.add(1, &[]));
            });
        }
        for _ in 0..50 {
            let page = registry.to_text();
            let value =
                samples(&page).into_iter().next().map_or(0.0, |(_, it)| it.parse().unwrap());
            let mut seen = seen.lock().unwrap();
            assert!(value >= *seen, "{value} after {seen}");
            *seen = value;
        }
    });
    assert!(registry.to_text().contains("jobs_total{otel_scope_name=\"m\"} 40000\n"));
}

#[cfg(feature = "servers")]
mod servers {
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::thread;

    use measurand::actix::Server;
    use measurand_tests::prometheus::Prometheus;
    use measurand_tests::until;

    use super::*;

    /// Serves a page as it is at each request, and says where.
    fn serve(page: impl Fn() -> String + Send + 'static) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let answer = move |mut client: TcpStream| {
            let _ = client.read(&mut [0; 4_096]);
            let page = page();
            let head =
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nConnection: close";
            let _ = write!(client, "{head}\r\nContent-Length: {}\r\n\r\n{page}", page.len());
        };
        thread::spawn(move || listener.incoming().flatten().for_each(answer));
        address
    }

    #[test]
    fn a_prometheus_reads_the_same_as_from_the_exporter_of_opentelemetry() {
        let theirs = prometheus::Registry::new();
        let exporter = opentelemetry_prometheus::exporter().with_registry(theirs.clone());
        let (registry, provider) = read(empty().with_reader(exporter.build().unwrap()));
        measure(&provider);
        let expected = samples(&registry.to_text()).len();
        let server = Server::bind("127.0.0.1:0").unwrap().registry(&registry).spawn().unwrap();
        let targets = [server.local_addr().to_string(), serve(move || their_page(&theirs))];
        let prometheus = Prometheus::start(&[&targets[0], &targets[1]]);
        let [mine, theirs] =
            targets.map(|target| format!("{{instance=\"{target}\", __name__!~\"up|scrape_.*\"}}"));
        let count = format!("count({mine}) == {expected}");
        until(&count, || prometheus.query(&count));
        // Ours was asked for OpenMetrics, where bounds are written as floats.
        let mine = format!("label_replace({mine}, \"le\", \"$1\", \"le\", \"(.+)\\\\.0\")");
        const LABELS: &str =
            "otel_scope_name,otel_scope_version,otel_scope_build_kind,mail_kind,n,q,to,disk,le";
        let same = format!("count({mine} == on(__name__,{LABELS}) {theirs}) == {expected}");
        until(&same, || prometheus.query(&same));
        server.stop();
    }
}
