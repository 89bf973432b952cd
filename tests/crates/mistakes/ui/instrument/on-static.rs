use measurand::instrument_metrics;

#[instrument_metrics]
static PRICE: u32 = 7;

fn main() {}
