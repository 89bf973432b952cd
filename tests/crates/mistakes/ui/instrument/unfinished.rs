use measurand::instrument_metrics;

#[instrument_metrics]
fn price(

fn main() {}
