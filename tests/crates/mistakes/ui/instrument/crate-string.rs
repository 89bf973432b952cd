use measurand::instrument_metrics;

#[instrument_metrics(crate = "measurand")]
fn price() -> u32 {
    7
}

fn main() {}
