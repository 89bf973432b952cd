use measurand::instrument_metrics;

#[instrument_metrics(buckets = [1.0, 2.0])]
fn price() -> u32 {
    7
}

fn main() {}
