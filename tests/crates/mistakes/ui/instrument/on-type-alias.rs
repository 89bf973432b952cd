use measurand::instrument_metrics;

#[instrument_metrics]
type Price = u32;

fn main() {}
