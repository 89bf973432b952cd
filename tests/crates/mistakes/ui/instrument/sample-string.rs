use measurand::instrument_metrics;

#[instrument_metrics(sample = "64")]
fn price() -> u32 {
    7
}

fn main() {}
