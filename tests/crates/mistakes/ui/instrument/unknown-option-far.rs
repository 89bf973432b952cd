use measurand::instrument_metrics;

#[instrument_metrics(colour = 3)]
fn price() -> u32 {
    7
}

fn main() {}
