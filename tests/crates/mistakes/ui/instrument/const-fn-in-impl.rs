use measurand::instrument_metrics;

struct Shop;

#[instrument_metrics]
impl Shop {
    const fn open(&self) -> bool {
        true
    }
}

fn main() {}
