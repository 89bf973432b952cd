use measurand::instrument_metrics;

#[instrument_metrics(sample = 99999999999999999999999)]
fn price() -> u32 {
    7
}

fn main() {}
