use measurand::instrument_metrics;

struct Shop;

#[instrument_metrics]
impl Shop {}

fn main() {}
