use measurand::instrument_metrics;

#[instrument_metrics(sample = 4, sample = 8)]
fn price() -> u32 {
    7
}

fn main() {}
