use measurand::instrument_metrics;

#[instrument_metrics(tags(op = 1))]
fn price() -> u32 {
    7
}

fn main() {}
