use measurand::instrument_metrics;

#[instrument_metrics(smaple = 64)]
fn price() -> u32 {
    7
}

fn main() {}
