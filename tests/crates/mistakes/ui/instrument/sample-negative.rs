use measurand::instrument_metrics;

#[instrument_metrics(sample = -4)]
fn price() -> u32 {
    7
}

fn main() {}
