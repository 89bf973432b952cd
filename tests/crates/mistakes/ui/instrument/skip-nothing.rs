use measurand::instrument_metrics;

#[instrument_metrics(skip())]
fn price() -> u32 {
    7
}

fn main() {}
