use measurand::instrument_metrics;

#[instrument_metrics(sample = 1)]
fn price() -> u32 {
    7
}

fn main() {}
