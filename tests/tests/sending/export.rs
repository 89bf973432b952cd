//! Exports at an interval, by several exporters at once.

use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::otlp_messages::{Data, NumberValue, decoded};
use crate::receiver::{Receiver, answer, serve};
use measurand::export::{Console, ExportError, Exporters};
use measurand::otlp::{OtlpExporter, Resource};
use measurand::outgoing::Destination;
use measurand::registry::{Gather, GatherError, Report, Sink};
use measurand::runtime::{FamilyOptions, RuntimeMetric};
use measurand::{Counter, PeakGauge, Registered, Registry};
use measurand_tests::{PATIENCE, in_time, sample, until};

/// Longer than any test takes.
const NEVER: Duration = Duration::from_secs(100_000);

fn exporter(name: &str, url: &str) -> OtlpExporter {
    let destination = Destination::new(url).unwrap();
    OtlpExporter::http(destination, Resource::new("tested")).name(name).interval(NEVER)
}

/// A registry with a counter.
fn counted() -> (Registry, Registered<RuntimeMetric<Counter>>) {
    let registry = Registry::new();
    let things = FamilyOptions::new("sent_things_total", "Things.").register_unlabelled(&registry);
    (registry, things.unwrap())
}

/// The value of the only point of a request.
#[track_caller]
fn only(body: &[u8]) -> NumberValue {
    let mut request = decoded(body);
    let metric = request.resource_metrics.remove(0).scope_metrics.remove(0).metrics.remove(0);
    let points = match metric.data {
        Some(Data::Sum(sum)) => sum.data_points,
        Some(Data::Gauge(gauge)) => gauge.data_points,
        other => panic!("{other:?}"),
    };
    points[0].value.unwrap()
}

/// How many exports have ended in this way.
fn exports(shown: &Registry, exporter: &str, result: &str) -> f64 {
    let series = format!("measurand_exports_total{{exporter=\"{exporter}\",result=\"{result}\"}}");
    sample(&shown.to_text(), &series)
}

/// Counts how often it is gathered.
struct Counts(Registry, Arc<AtomicU64>);

impl Gather for Counts {
    fn try_gather(&self, sink: &mut dyn Sink) -> Result<Report, GatherError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.try_gather(sink)
    }
}

/// Receives connections and never answers.
fn black_hole() -> String {
    let held: Mutex<Vec<TcpStream>> = Mutex::default();
    format!("http://{}", serve(move |stream| held.lock().unwrap().push(stream)))
}

#[test]
fn one_gather_serves_all() {
    let receivers = [Receiver::friendly(), Receiver::friendly(), Receiver::friendly()];
    let registry = Registry::new();
    let peak =
        FamilyOptions::new("sent_peak", "The most.").register_unlabelled::<PeakGauge>(&registry);
    let peak = peak.unwrap();
    peak.set(7);
    peak.set(2);
    let gathers = Arc::new(AtomicU64::new(0));
    let mut exporters = Exporters::new().source(Counts(registry, gathers.clone()));
    for (index, receiver) in receivers.iter().enumerate() {
        exporters = exporters.exporter(exporter(&format!("otlp {index}"), &receiver.url()));
    }
    let exporting = exporters.exporter(Console::new().interval(NEVER)).start().unwrap();
    exporting.flush(PATIENCE).unwrap();
    assert_eq!(gathers.load(Ordering::Relaxed), 1);
    // A metric that starts anew when it is gathered is the same for all.
    for receiver in &receivers {
        let received = receiver.received();
        assert_eq!(only(&received[0].body), NumberValue::Double(7.0));
    }
}

#[test]
fn each_exports_at_its_own_interval() {
    let receivers = [Receiver::friendly(), Receiver::friendly()];
    let (registry, counter) = counted();
    let [often, seldom] = receivers.each_ref().map(|receiver| exporter("x", &receiver.url()));
    let exporting = Exporters::new()
        .registry(&registry)
        .exporter(often.interval(Duration::from_millis(30)))
        .exporter(seldom)
        .start()
        .unwrap();
    until("some exports", || (receivers[0].received().len() >= 3).then_some(()));
    assert!(receivers[1].received().is_empty());
    counter.inc_by(9);
    until("what was counted", || {
        let last = receivers[0].received().last()?.body.clone();
        (only(&last) == NumberValue::Int(9)).then_some(())
    });
    exporting.shutdown(PATIENCE).unwrap();
    // The last export is of both.
    assert_eq!(receivers[1].received().len(), 1);
}

#[test]
fn one_that_hangs_holds_up_no_other_and_no_shutdown() {
    let receiver = Receiver::friendly();
    let (registry, _counter) = counted();
    let shown = Registry::new();
    let often = Duration::from_millis(30);
    let exporting = Exporters::new()
        .registry(&registry)
        .metrics(&shown)
        .unwrap()
        .exporter(exporter("hangs", &black_hole()).interval(often).timeout(NEVER))
        .exporter(exporter("works", &receiver.url()).interval(often))
        .start()
        .unwrap();
    until("exports of the other one", || (exports(&shown, "works", "ok") >= 5.0).then_some(()));
    until("intervals to pass", || (exports(&shown, "hangs", "missed") >= 3.0).then_some(()));
    let error = exporting.flush(Duration::from_millis(100)).unwrap_err();
    let failures: Vec<_> = error.failures().map(|(exporter, _)| exporter).collect();
    assert_eq!(failures, ["hangs"]);

    let start = Instant::now();
    let error = exporting.shutdown(Duration::from_millis(300)).unwrap_err();
    let elapsed = start.elapsed();
    eprintln!("a shutdown within 300 ms took {elapsed:?}");
    assert!(elapsed < PATIENCE / 10);
    let failures: Vec<_> = error.failures().collect();
    assert!(matches!(failures[..], [("hangs", ExportError::Late { .. })]), "{failures:?}");
    assert_eq!(error.to_string(), "exporter `hangs`: it did not finish within 300ms");
    // What was on its way was broken off.
    let received = receiver.received().len();
    drop(exporting);
    assert_eq!(receiver.received().len(), received);
}

#[test]
fn a_source_that_hangs_holds_up_no_shutdown() {
    struct Hangs(Arc<AtomicBool>);
    impl Gather for Hangs {
        fn try_gather(&self, _: &mut dyn Sink) -> Result<Report, GatherError> {
            self.0.store(true, Ordering::Relaxed);
            loop {
                thread::park();
            }
        }
    }
    let receiver = Receiver::friendly();
    let hangs = Arc::new(AtomicBool::new(false));
    let exporters = Exporters::new().source(Hangs(hangs.clone()));
    let exporting = exporters.exporter(exporter("otlp", &receiver.url())).start().unwrap();
    in_time(move || {
        assert!(exporting.flush(Duration::from_millis(50)).is_err());
        assert!(exporting.shutdown(Duration::from_millis(50)).is_err());
        drop(exporting);
    });
    assert!(hangs.load(Ordering::Relaxed) && receiver.received().is_empty());
}

#[test]
fn a_source_that_panics_costs_one_export() {
    struct Panics(Registry, AtomicU64);
    impl Gather for Panics {
        fn try_gather(&self, sink: &mut dyn Sink) -> Result<Report, GatherError> {
            assert!(self.1.fetch_add(1, Ordering::Relaxed) > 0, "not yet");
            self.0.try_gather(sink)
        }
    }
    let receiver = Receiver::friendly();
    let (registry, _counter) = counted();
    let shown = Registry::new();
    let exporters = Exporters::new().source(Panics(registry, AtomicU64::new(0)));
    let exporters = exporters.metrics(&shown).unwrap();
    let exporting = exporters.exporter(exporter("otlp", &receiver.url())).start().unwrap();
    let error = exporting.flush(PATIENCE).unwrap_err();
    assert!(matches!(error.failures().next(), Some(("otlp", ExportError::Panicked))));
    exporting.flush(PATIENCE).unwrap();
    assert_eq!((exports(&shown, "otlp", "failed"), exports(&shown, "otlp", "ok")), (1.0, 1.0));
}

#[test]
fn what_was_counted_last_is_exported_when_it_ends() {
    let receiver = Receiver::friendly();
    let (registry, counter) = counted();
    let start = || {
        let exporters = Exporters::new().registry(&registry);
        exporters.exporter(exporter("otlp", &receiver.url())).start().unwrap()
    };
    let exporting = start();
    counter.inc_by(3);
    exporting.shutdown(PATIENCE).unwrap();
    // Once.
    exporting.shutdown(PATIENCE).unwrap();
    let error = exporting.flush(PATIENCE).unwrap_err();
    assert!(matches!(error.failures().next(), Some(("otlp", ExportError::Stopped))));
    drop(exporting);
    let dropped = start();
    counter.inc();
    drop(dropped);
    let values: Vec<_> = receiver.received().iter().map(|one| only(&one.body)).collect();
    assert_eq!(values, [NumberValue::Int(3), NumberValue::Int(4)]);
}

/// Whoever flushes finds what was counted before, however many do and whatever is under way.
#[test]
fn a_flush_has_all_that_was_counted_before() {
    let receiver = Receiver::friendly();
    let (registry, counter) = counted();
    let exporter = exporter("otlp", &receiver.url()).interval(Duration::from_millis(1));
    let exporting = Exporters::new().registry(&registry).exporter(exporter).start().unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10 {
                    counter.inc();
                    let counted = i64::try_from(counter.get()).unwrap();
                    exporting.flush(PATIENCE).unwrap();
                    let received = receiver.received();
                    assert!(received.iter().any(|one| match only(&one.body) {
                        NumberValue::Int(value) => value >= counted,
                        NumberValue::Double(_) => false,
                    }));
                }
            });
        }
    });
}

#[test]
fn no_thread_is_left_behind() {
    let name = |thread: &std::path::Path| std::fs::read_to_string(thread.join("comm"));
    let threads = || {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap();
        let names = tasks.filter_map(|task| name(&task.ok()?.path()).ok());
        names.filter(|name| name.trim_end() == "left-behind").count()
    };
    // Threads have the names of the library, so what is counted is a source's own.
    struct Named(Registry);
    impl Gather for Named {
        fn try_gather(&self, sink: &mut dyn Sink) -> Result<Report, GatherError> {
            let _ = std::fs::write("/proc/thread-self/comm", "left-behind");
            self.0.try_gather(sink)
        }
    }
    let receiver = Receiver::new(|_, _| answer("200 OK", "", ""));
    let (registry, _counter) = counted();
    for _ in 0..3 {
        let exporters = Exporters::new().source(Named(registry.clone()));
        let exporting = exporters.exporter(exporter("otlp", &receiver.url())).start().unwrap();
        exporting.flush(PATIENCE).unwrap();
        assert_eq!(threads(), 1);
        exporting.shutdown(PATIENCE).unwrap();
        until("the thread to end", || (threads() == 0).then_some(()));
    }
}

#[test]
fn exports_are_shown_until_they_end() {
    let receiver = Receiver::friendly();
    let (registry, _counter) = counted();
    let shown = Registry::new();
    let exporters = Exporters::new().registry(&registry).metrics(&shown).unwrap();
    let exporting = exporters.exporter(exporter("otlp", &receiver.url())).start().unwrap();
    for result in ["ok", "failed", "missed"] {
        assert_eq!(exports(&shown, "otlp", result), 0.0);
    }
    exporting.flush(PATIENCE).unwrap();
    let text = shown.to_text();
    assert_eq!(sample(&text, "measurand_exported_points_total{exporter=\"otlp\"}"), 1.0);
    let last = sample(&text, "measurand_last_export_timestamp_seconds{exporter=\"otlp\"}");
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs_f64();
    assert!(last <= now && last > now - 600.0, "{last}");
    assert!(sample(&text, "measurand_export_duration_seconds{exporter=\"otlp\"}") >= 0.0);
    assert!(shown.lint().is_empty(), "{:?}", shown.lint());
    // Others share the families.
    let others = Exporters::new().registry(&registry).metrics(&shown).unwrap();
    drop(exporting);
    drop(others);
    assert_eq!(shown.to_text(), "");
}

#[test]
fn nothing_to_export_by_is_fine() {
    let exporting = Exporters::new().registry(&Registry::new()).start().unwrap();
    exporting.flush(Duration::ZERO).unwrap();
    exporting.shutdown(Duration::ZERO).unwrap();
}
