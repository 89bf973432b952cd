//! Exports go on for long, some of them in vain: memory and threads do not grow.

mod receiver;

use std::collections::VecDeque;
use std::fs;
use std::io::Write as _;
use std::time::Duration;

use measurand::export::Exporters;
use measurand::otlp::{OtlpExporter, Resource, Temporality};
use measurand::outgoing::Destination;
use measurand::runtime::FamilyOptions;
use measurand::{Counter, Registry};
use measurand_tests::{memory, sample, until, usually_or_long};
use receiver::{Received, answer, serve};

#[test]
fn memory_and_threads_stay_as_they_are() {
    let takes = serve(|mut stream| {
        if Received::read(&stream).is_some() {
            let _ = stream.write_all(answer("200 OK", "", "").as_bytes());
        }
    });
    // The last few are held, and nobody answers.
    let mut held = VecDeque::new();
    let hangs = serve(move |stream| {
        held.push_back(stream);
        if held.len() > 4 {
            held.pop_front();
        }
    });
    let registry = Registry::new();
    let options = FamilyOptions::new("soaked_total", "Things.").max_series(10_000);
    let things = options.register::<Counter, 2>(&registry, ["zone", "id"]).unwrap();
    for id in 0..10_000 {
        things.with(["eu-central-1", &format!("thing-{id}")]).inc();
    }
    let shown = Registry::new();
    let exporter = |name: &str, address, timeout| {
        let destination = Destination::new(&format!("http://{address}")).unwrap();
        let destination = destination.timeout(Duration::from_millis(timeout));
        let exporter = OtlpExporter::http(destination, Resource::new("soaked")).name(name);
        exporter.interval(Duration::from_millis(20)).max_request_bytes(256 << 10)
    };
    let exporting = Exporters::new()
        .registry(&registry)
        .metrics(&shown)
        .unwrap()
        .exporter(exporter("takes", takes, 60_000))
        .exporter(exporter("delta", takes, 60_000).temporality(Temporality::Delta).gzip(true))
        .exporter(exporter("hangs", hangs, 50))
        .start()
        .unwrap();
    let exports = |exporter: &str, result: &str| {
        let labels = format!("exporter=\"{exporter}\",result=\"{result}\"");
        sample(&shown.to_text(), &format!("measurand_exports_total{{{labels}}}"))
    };
    let wait = |count: f64| {
        until("exports", || {
            things.with(["eu-central-1", "thing-7"]).inc();
            let ends = [("takes", "ok"), ("delta", "ok"), ("hangs", "failed")];
            ends.iter().all(|(name, result)| exports(name, result) >= count).then_some(())
        });
    };
    let threads = || fs::read_dir("/proc/self/task").unwrap().count();
    wait(15.0);
    let (memory_before, threads_before) = (memory("VmRSS"), threads());
    wait(usually_or_long(60.0, 400.0));
    let grown = memory("VmRSS").saturating_sub(memory_before);
    assert!(grown < 8 << 20, "{grown} bytes more than {memory_before}");
    // One that sends is there for as long as its request.
    until("threads to end", || (threads() <= threads_before + 3).then_some(()));
    drop(exporting);
}
