use measurand::instrument_metrics;

#[instrument_metrics(sample = 64u32)]
fn price() -> u32 {
    7
}

fn main() {}
