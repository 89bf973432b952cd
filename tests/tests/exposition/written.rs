//! Pages that are written by hand: to a writer, to a file, at an interval.

use std::fs;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use measurand::exposition::{Encoder, Format};
use measurand::{Counter, Metrics, Registry};
use measurand_tests::{PATIENCE, until};

/// What is written.
#[derive(Metrics)]
#[metrics(namespace = "written", instance)]
struct Written {
    /// Pages.
    pages_total: Counter,
}

fn written() -> (Registry, measurand::registry::Registered<Written>) {
    let registry = Registry::new();
    let written = Written::register(&registry).unwrap();
    (registry, written)
}

#[test]
fn a_page_is_written_to_any_writer() {
    let (registry, _written) = written();
    let mut page = Vec::new();
    registry.write_to(Format::Text, &mut page).unwrap();
    assert_eq!(page, registry.to_text().as_bytes());
    assert_eq!(Encoder::default().to_bytes(&registry).unwrap(), page);
    /// A disk that is full.
    struct Full;
    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let error = registry.write_to(Format::OpenMetrics, Full).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
}

#[test]
fn a_file_is_whole_or_the_one_before() {
    let (registry, written) = written();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.prom");
    let write = || Encoder::default().write_file(&registry, &path);
    write().unwrap();
    let first = fs::read_to_string(&path).unwrap();
    assert_eq!(first, registry.to_text());
    written.pages_total.inc();
    write().unwrap();
    assert!(fs::read_to_string(&path).unwrap().ends_with("written_pages_total 1\n"));
    // Nothing is left aside.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    let error = Encoder::default().write_file(&registry, folder.path().join("no/app.prom"));
    let error = error.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    assert!(error.to_string().contains("no/app.prom"), "{error}");
    let error = Encoder::default().write_file(&registry, "/").unwrap_err();
    assert!(error.to_string().contains("end it with a file name"), "{error}");
    // In place of a folder nothing can be put, and nothing is left beside it.
    let error = Encoder::default().write_file(&registry, folder.path()).unwrap_err();
    assert!(error.to_string().starts_with("cannot write "), "{error}");
}

/// A device that is always full, as a disk may be in the middle of a page.
#[cfg(target_os = "linux")]
#[test]
fn of_a_full_disk_the_old_page_is_left() {
    let error =
        Registry::new().write_to(Format::OpenMetrics, fs::File::create("/dev/full").unwrap());
    assert_eq!(error.unwrap_err().kind(), io::ErrorKind::StorageFull);
}

#[test]
fn pages_are_written_at_an_interval_and_once_at_the_end() {
    let (registry, written) = written();
    let pages = Arc::new(Mutex::new(Vec::new()));
    let (sink, source) = (pages.clone(), registry.clone());
    let write = move |encoder: &Encoder| {
        sink.lock().unwrap().push(encoder.to_bytes(&source).unwrap());
        // It is tried again.
        Err(io::Error::other("the second half was lost"))
    };
    let periodic = Encoder::default().every(Duration::from_millis(5), write).unwrap();
    until("three pages", || (pages.lock().unwrap().len() >= 3).then_some(()));
    written.pages_total.inc();
    drop(periodic);
    let last = pages.lock().unwrap().last().unwrap().clone();
    assert!(last.ends_with(b"written_pages_total 1\n"));

    // It does not wait for its interval to end.
    let never = Encoder::default().every(PATIENCE * 10, |_| Ok(())).unwrap();
    drop(never);
}
