use measurand::instrument_metrics;

#[instrument_metrics(7)]
fn price() -> u32 {
    7
}

fn main() {}
