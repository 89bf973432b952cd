use measurand::instrument_metrics;

#[instrument_metrics(skip_all)]
fn price() -> u32 {
    7
}

fn main() {}
