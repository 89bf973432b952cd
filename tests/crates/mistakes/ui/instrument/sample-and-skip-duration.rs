use measurand::instrument_metrics;

#[instrument_metrics(sample = 64, skip(duration))]
fn price() -> u32 {
    7
}

fn main() {}
