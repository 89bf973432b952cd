use measurand::instrument_metrics;

#[instrument_metrics(timed)]
fn price() -> u32 {
    7
}

fn main() {}
