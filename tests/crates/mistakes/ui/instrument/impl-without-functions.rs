use measurand::instrument_metrics;

struct Shop;

#[instrument_metrics]
impl Shop {
    const OPEN: bool = true;
}

fn main() {}
