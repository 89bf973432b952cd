use measurand::instrument_metrics;

#[instrument_metrics(name = "price")]
fn price() -> u32 {
    7
}

fn main() {}
