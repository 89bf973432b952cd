//! What the collector of jemalloc shows where it is the allocator.

use measurand::collectors::{JemallocCollector, standard_collectors};
use measurand::{Registry, testing};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const FAMILIES: [&str; 6] = ["active", "allocated", "mapped", "metadata", "resident", "retained"];

fn bytes(registry: &Registry, figure: &str) -> f64 {
    testing::value(registry, &format!("jemalloc_{figure}_bytes"), &[])
}

#[test]
fn what_is_allocated_shows_in_the_next_gather() {
    let registry = Registry::pedantic();
    let _collector = registry.register_collector(JemallocCollector::new()).unwrap();
    let before = bytes(&registry, "allocated");
    let large = vec![1_u8; 64 << 20];
    let with = bytes(&registry, "allocated");
    assert!((64e6..80e6).contains(&(with - before)), "{before} {with}");
    drop(large);
    let after = bytes(&registry, "allocated");
    assert!(after < with - 64e6, "{with} {after}");
}

#[test]
fn the_figures_are_of_one_moment_and_in_order() {
    let registry = Registry::new();
    standard_collectors(&registry).unwrap();
    testing::assert_no_lints(&registry);
    for figure in FAMILIES {
        assert!(bytes(&registry, figure) >= 0.0);
    }
    let (allocated, active) = (bytes(&registry, "allocated"), bytes(&registry, "active"));
    assert!(0.0 < allocated && allocated < active * 1.5, "{allocated} {active}");
    let mut text = String::new();
    registry.encode_text(&mut text);
    let value = |figure: &str| -> f64 {
        let start = format!("jemalloc_{figure}_bytes ");
        text.lines().find_map(|line| line.strip_prefix(&start)).unwrap().parse().unwrap()
    };
    assert!(value("allocated") <= value("active") && value("active") <= value("mapped"), "{text}");
}
