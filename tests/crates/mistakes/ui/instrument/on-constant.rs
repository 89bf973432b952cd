use measurand::instrument_metrics;

#[instrument_metrics]
const PRICE: u32 = 7;

fn main() {}
