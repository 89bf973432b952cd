//! A scrape of nothing but the process.

use std::hint::black_box;

use ::measurand::Registry;
use ::measurand::collectors::ProcessCollector;
use ::prometheus::TextEncoder;

use super::Update;

/// Ten families.
pub(crate) fn measurand() -> Update {
    let registry = Registry::new();
    registry.register_collector(ProcessCollector::new()).expect("it is the only one").leak();
    Box::new(move |times| {
        let mut page = String::new();
        for _ in 0..times {
            page.clear();
            registry.encode_text(&mut page);
            black_box(&page);
        }
    })
}

/// Seven of them.
pub(crate) fn prometheus() -> Update {
    let registry = ::prometheus::Registry::new();
    let collector = ::prometheus::process_collector::ProcessCollector::for_self();
    registry.register(Box::new(collector)).expect("it is the only one");
    Box::new(move |times| {
        let mut page = String::new();
        for _ in 0..times {
            page.clear();
            let families = registry.gather();
            TextEncoder::new().encode_utf8(&families, &mut page).expect("a string takes it");
            black_box(&page);
        }
    })
}
