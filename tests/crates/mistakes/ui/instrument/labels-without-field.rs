use measurand::instrument_metrics;

#[instrument_metrics(labels(op = 1))]
fn price() -> u32 {
    7
}

fn main() {}
