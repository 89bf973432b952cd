use measurand::instrument_metrics;

#[instrument_metrics(skip(duration, duration))]
fn price() -> u32 {
    7
}

fn main() {}
