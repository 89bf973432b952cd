//! The collectors of the process and of Tokio, against what the system itself says.

use std::collections::HashMap;
use std::fs;
use std::hint::black_box;
use std::thread;
use std::time::{Duration, SystemTime};

use measurand::Registry;
use measurand::collectors::{ProcessCollector, TokioCollector, standard_collectors};
use measurand::registry::{Flow, Labels, Point, RegisterError, Sink, Value};
use measurand::runtime::FamilyOptions;
use measurand::{Descriptor, Gauge};
use measurand_tests::{sample, samples};

fn text(registry: &Registry) -> String {
    let mut text = String::new();
    registry.encode_text(&mut text);
    text
}

fn of_process() -> Registry {
    let registry = Registry::new();
    registry.register_collector(ProcessCollector::new()).unwrap().leak();
    registry
}

/// The fields of `/proc/self/stat` after the name, of which the first is the state.
fn stat() -> Vec<u64> {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields = stat.rsplit(')').next().unwrap().split_whitespace();
    fields.map(|field| field.parse().unwrap_or(0)).collect()
}

/// Processor time of the process, in seconds. Linux counts it in hundredths.
fn cpu() -> f64 {
    let stat = stat();
    (stat[11] + stat[12]) as f64 / 100.0
}

fn status() -> HashMap<String, u64> {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let pairs = status.lines().filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_owned(), value.split_whitespace().next()?.parse().ok()?))
    });
    pairs.collect()
}

#[test]
fn a_process_has_every_family_of_a_type() {
    let registry = of_process();
    registry.validate().unwrap();
    let text = text(&registry);
    let types: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    assert_eq!(
        types,
        [
            "process_cpu_seconds_total counter",
            "process_max_fds gauge",
            "process_network_receive_bytes_total counter",
            "process_network_transmit_bytes_total counter",
            "process_open_fds gauge",
            "process_resident_memory_bytes gauge",
            "process_start_time_seconds gauge",
            "process_threads gauge",
            "process_virtual_memory_bytes gauge",
            "process_virtual_memory_max_bytes gauge",
        ]
    );
    assert!(!text.contains("measurand_"), "{text}");
}

#[test]
fn processor_time_lies_between_what_the_system_says_before_and_after() {
    let registry = of_process();
    let mut sum = 0_u64;
    while cpu() < 0.2 {
        (0..1_000).for_each(|term| sum = black_box(sum.wrapping_add(term)));
    }
    let before = cpu();
    let shown = sample(&text(&registry), "process_cpu_seconds_total");
    assert!(shown >= before && shown <= cpu(), "{shown} beside {before}");
    assert!(shown >= 0.2);
}

#[test]
fn memory_and_threads_are_those_of_the_system() {
    let registry = of_process();
    let (stop, waits) = std::sync::mpsc::channel::<()>();
    // Whatever other tests do, this stays.
    let waiting = thread::spawn(move || waits.recv().is_err());
    let held = vec![1_u8; 64 << 20];
    let is_near = |shown: f64, said: u64| (shown / said as f64 - 1.0).abs() < 0.2;
    let looks = |_| {
        let (page, status) = (text(&registry), status());
        let resident = sample(&page, "process_resident_memory_bytes");
        let size = sample(&page, "process_virtual_memory_bytes");
        let threads = sample(&page, "process_threads");
        assert!(resident > (64 << 20) as f64 && size > resident && threads >= 2.0);
        is_near(resident, status["VmRSS"] * 1024)
            && is_near(size, status["VmSize"] * 1024)
            && threads == status["Threads"] as f64
    };
    assert!((0..100).any(looks), "{}\n{:?}", text(&registry), status());
    black_box(held);
    drop(stop);
    assert!(waiting.join().unwrap());
}

#[test]
fn open_files_are_counted_with_their_limit() {
    let registry = of_process();
    let open = || sample(&text(&registry), "process_open_fds");
    // Other tests open some meanwhile.
    let is_counted = |_| {
        let before = open();
        let files: Vec<_> = (0..50).map(|_| fs::File::open("/dev/null").unwrap()).collect();
        let with = open();
        drop(files);
        with == before + 50.0 && open() == before
    };
    assert!((0..100).any(is_counted), "{}", open());
    let limits = fs::read_to_string("/proc/self/limits").unwrap();
    let limit = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    let soft: f64 = limit.split_whitespace().next().unwrap().parse().unwrap();
    assert_eq!(sample(&text(&registry), "process_max_fds"), soft);
}

/// Since when the processor time counts.
#[derive(Default)]
struct Created(Option<SystemTime>);

impl Sink for Created {
    fn family(&mut self, family: &Descriptor) -> Flow {
        if family.name() == "process_cpu_seconds_total" { Flow::Continue } else { Flow::Skip }
    }

    fn point(&mut self, _: &Descriptor, _: Labels<'_>, point: &Point<'_>) -> Flow {
        assert!(matches!(point.value, Value::Counter(_)));
        self.0 = point.created;
        Flow::Continue
    }
}

#[test]
fn the_start_is_that_of_the_process_and_stays() {
    let registry = of_process();
    let start = |registry: &Registry| sample(&text(registry), "process_start_time_seconds");
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64();
    let uptime = fs::read_to_string("/proc/uptime").unwrap();
    let uptime: f64 = uptime.split_whitespace().next().unwrap().parse().unwrap();
    let said = now - uptime + stat()[19] as f64 / 100.0;
    assert!((start(&registry) - said).abs() < 2.0, "{} beside {said}", start(&registry));
    assert_eq!(start(&registry), start(&of_process()));
    let mut created = Created::default();
    registry.gather(&mut created);
    let created = created.0.unwrap().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(created.as_secs_f64(), start(&registry));
}

#[test]
fn bytes_of_the_network_are_counted() {
    let registry = of_process();
    let sent = || sample(&text(&registry), "process_network_transmit_bytes_total");
    let before = sent();
    let listener = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let to = listener.local_addr().unwrap();
    let sender = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    for _ in 0..10 {
        sender.send_to(&[0; 10_000], to).unwrap();
    }
    assert!(sent() >= before + 100_000.0, "{} after {before}", sent());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_runtime_shows_its_workers_and_tasks() {
    let registry = Registry::new();
    let handle = tokio::runtime::Handle::current();
    registry.register_collector(TokioCollector::new(handle)).unwrap().leak();
    registry.validate().unwrap();
    let tasks: Vec<_> = (0..7).map(|_| tokio::spawn(std::future::pending::<()>())).collect();
    let page = text(&registry);
    assert_eq!(sample(&page, "tokio_workers"), 3.0);
    assert_eq!(sample(&page, "tokio_alive_tasks"), 7.0);
    assert!(sample(&page, "tokio_global_queue_depth") <= 7.0);
    for family in ["busy_seconds", "parks", "park_changes"] {
        let name = format!("tokio_worker_{family}_total");
        assert_eq!(samples(&page, &name).len(), 3, "{page}");
    }
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    for task in tasks {
        assert!(task.await.unwrap_err().is_cancelled());
    }
    let parks = |page: &str| {
        let of_worker = |worker| format!("tokio_worker_parks_total{{worker=\"{worker}\"}}");
        (0..3).map(|worker| sample(page, &of_worker(worker))).sum::<f64>()
    };
    let before = parks(&text(&registry));
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let page = text(&registry);
    assert_eq!(sample(&page, "tokio_alive_tasks"), 0.0);
    assert!(parks(&page) > before, "{page}");
}

#[test]
fn a_runtime_that_has_ended_shows_its_last_figures() {
    let registry = Registry::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let collector = TokioCollector::new(runtime.handle().clone());
    registry.register_collector(collector).unwrap().leak();
    runtime.block_on(async { tokio::spawn(async {}).await.unwrap() });
    drop(runtime);
    assert_eq!(sample(&text(&registry), "tokio_alive_tasks"), 0.0);
}

#[test]
fn one_call_adds_all_and_twice_is_no_mistake() {
    let registry = Registry::new();
    standard_collectors(&registry).unwrap();
    let page = text(&registry);
    assert!(page.contains("process_cpu_seconds_total ") && !page.contains("tokio_"), "{page}");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        standard_collectors(&registry).unwrap();
        standard_collectors(&registry).unwrap();
    });
    let page = text(&registry);
    assert_eq!(samples(&page, "process_open_fds").len(), 1);
    assert_eq!(sample(&page, "tokio_workers"), 1.0);
    registry.validate().unwrap();
}

#[test]
fn a_family_of_somebody_else_is_a_conflict() {
    let registry = Registry::new();
    let own = FamilyOptions::new("process_open_fds", "Files that this crate has open.");
    let _own = own.register_unlabelled::<Gauge>(&registry).unwrap();
    let error = standard_collectors(&registry).unwrap_err();
    assert!(matches!(error, RegisterError::Conflict { .. }), "{error}");
    assert!(!text(&registry).contains("process_cpu"));
}
