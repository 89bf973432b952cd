//! Metrics whose names are known at run time: each line of standard input counts in the family that it names.
//!
//! ```sh
//! printf '%s\n' 'doors_total door=front' 'doors_total door=back' 'doors_total' 'door-ms a=b' 'wait_ms room=3' |
//!     cargo run -p names
//! ```

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::error::Error;
use std::io;

use measurand::registry::Registered;
use measurand::runtime::{DynamicFamily, FamilyOptions};
use measurand::{Counter, Registry};

/// Counters by the names that lines give them. Their series leave the registry when this is dropped.
#[derive(Default)]
struct Counters(HashMap<String, Registered<DynamicFamily<Counter>>>);

impl Counters {
    /// Counts a line such as `doors_total door=front floor=2`. The first line of a family says which labels it has.
    fn count(&mut self, line: &str) -> Result<(), Box<dyn Error>> {
        let (name, labels) = line.trim().split_once(' ').unwrap_or((line, ""));
        let labels: Vec<_> = labels.split(' ').filter_map(|label| label.split_once('=')).collect();
        let family = match self.0.entry(name.to_owned()) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let label_names: Vec<_> = labels.iter().map(|(name, _)| *name).collect();
                // Names and values come from outside, so the number of series needs a limit.
                let options =
                    FamilyOptions::new(name, "Lines of standard input.").max_series(1_000);
                entry.insert(options.register_dynamic(Registry::global(), &label_names)?)
            }
        };
        family.try_with_pairs(&labels)?.inc();
        Ok(())
    }
}

fn main() -> io::Result<()> {
    let mut counters = Counters::default();
    for line in io::stdin().lines() {
        let line = line?;
        // What cannot be a metric is refused …
        if let Err(error) = counters.count(&line) {
            eprintln!("`{line}` is not counted: {error}");
        }
    }
    // … and what breaks a rule about names is counted and listed.
    for lint in Registry::global().lint() {
        eprintln!("{lint}");
    }
    print!("{}", Registry::global().to_text());
    Ok(())
}
