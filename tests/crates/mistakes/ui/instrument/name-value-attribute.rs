use measurand::instrument_metrics;

#[instrument_metrics = "price"]
fn price() -> u32 {
    7
}

fn main() {}
