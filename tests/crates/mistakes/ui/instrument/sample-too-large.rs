use measurand::instrument_metrics;

#[instrument_metrics(sample = 2000000)]
fn price() -> u32 {
    7
}

fn main() {}
