use measurand::instrument_metrics;

#[instrument_metrics(skip(durations))]
fn price() -> u32 {
    7
}

fn main() {}
