//! What series weigh, and what a scrape allocates.

use crate::allocator;
use crate::contestants;
use crate::input;
use crate::options::Options;
use crate::round::{Outcome, Quartiles, Row};

pub(crate) fn run(options: &Options) -> Vec<Row> {
    let count = 10_000;
    let live_bytes = format!("live_bytes/{count}");
    let allocations = format!("scrape_allocations/{count}");
    let wants = [options.wants(&live_bytes), options.wants(&allocations)];
    if wants == [false, false] {
        return Vec::new();
    }

    let series = input::series(count);
    let mut rows = [Vec::new(), Vec::new()];
    for contestant in &contestants::ALL {
        let (mut page, made) = allocator::count(|| {
            let mut page = (contestant.counters)(&mut series.iter());
            // What the first scrape prepares for the next ones is part of the weight.
            page.scrape();
            page
        });
        let ((), scraped) = allocator::count(|| page.scrape());
        let weight = made.live_bytes - page.capacity() as i64;
        let figures = [weight as f64 / count as f64, scraped.allocations as f64];
        let works = [(&live_bytes, "bytes/series"), (&allocations, "per scrape")];
        for ((rows, figure), (work, unit)) in rows.iter_mut().zip(figures).zip(works) {
            rows.push(Row {
                work: work.clone(),
                contestant: contestant.name,
                unit,
                // The same in every round, so there is only one.
                result: Outcome::Measured(Quartiles::exactly(figure)),
            });
        }
    }
    rows.into_iter().zip(wants).filter(|(_, wants)| *wants).flat_map(|(rows, _)| rows).collect()
}
