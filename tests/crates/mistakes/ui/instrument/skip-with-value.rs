use measurand::instrument_metrics;

#[instrument_metrics(skip = duration)]
fn price() -> u32 {
    7
}

fn main() {}
