use measurand::instrument_metrics;

#[instrument_metrics]
fn price() -> u32 {
    7
}

const PRICE: u32 = price();

fn main() {}
