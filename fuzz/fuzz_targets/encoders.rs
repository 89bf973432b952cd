//! Any label value and any number come through every format: a line stays one line.

#![no_main]

use libfuzzer_sys::fuzz_target;
use measurand::exposition::{Encoder, Escaping, Format};
use measurand::registry::{Collector, Point, Points};
use measurand::unit::Celsius;
use measurand::{Descriptor, Registry};

/// Gives what it was made with.
struct Gives {
    families: [Descriptor; 2],
    value: String,
    number: f64,
    counts: [u64; 3],
}

impl Collector for Gives {
    fn describe(&self) -> Vec<Descriptor> {
        self.families.to_vec()
    }

    fn collect(&self, points: &mut Points<'_>) {
        points.push(&self.families[0], &[&self.value], Point::gauge(self.number));
        points.push(&self.families[1], &[&self.value], Point::histogram(&self.counts, self.number));
    }
}

fuzz_target!(|input: (String, String, f64, [u64; 3], String)| {
    let (name, value, number, counts, help) = input;
    let help = format!("Help: {help}");
    let gauge = Descriptor::gauge(format!("fuzz{name}"), help.clone()).labels([format!("a{name}")]);
    // No name has more than 255 bytes, or the character 0.
    let Ok(gauge) = gauge.utf8().build() else { return };
    let histogram = Descriptor::histogram("fuzz_heat_celsius", help).labels(["name"]);
    let histogram = histogram.unit::<Celsius>().buckets([-1.0, 2.5]);
    let families = [gauge, histogram.build().unwrap()];
    let registry = Registry::new();
    let gives = Gives { families, value, number, counts };
    let _collector = registry.register_collector(gives).unwrap();
    for (format, escaping) in
        Format::ALL.iter().flat_map(|it| Escaping::ALL.iter().map(move |e| (it, e)))
    {
        let page = Encoder::new(*format).escaping(*escaping).to_bytes(&registry).unwrap();
        match format {
            Format::Protobuf => lengths(&page),
            _ => {
                let page = String::from_utf8(page).unwrap();
                let starts = ["# ", "fuzz", "{\"fuzz", "U__fuzz"];
                let is_line = |line: &str| starts.iter().any(|start| line.starts_with(start));
                // A `\r` is no end of a line.
                assert!(page.split_terminator('\n').all(is_line), "{page}");
            }
        }
    }
});

/// Each family has its length before it.
fn lengths(mut page: &[u8]) {
    while !page.is_empty() {
        let (mut length, mut digits) = (0_usize, 0);
        loop {
            let byte = page[digits];
            length |= usize::from(byte & 0x7f) << (7 * digits);
            digits += 1;
            if byte < 0x80 {
                break;
            }
        }
        page = &page[digits + length..];
    }
}
