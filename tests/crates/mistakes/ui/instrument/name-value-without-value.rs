use measurand::instrument_metrics;

#[instrument_metrics(sample = )]
fn price() -> u32 {
    7
}

fn main() {}
