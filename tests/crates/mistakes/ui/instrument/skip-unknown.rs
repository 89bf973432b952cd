use measurand::instrument_metrics;

#[instrument_metrics(skip(everything))]
fn price() -> u32 {
    7
}

fn main() {}
