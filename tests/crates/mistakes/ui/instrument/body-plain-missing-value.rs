use measurand::instrument_metrics;

#[instrument_metrics]
fn price(name: String) -> u32 {
    drop(name);
}

fn main() {}
