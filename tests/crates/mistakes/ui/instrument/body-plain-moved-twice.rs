use measurand::instrument_metrics;

#[instrument_metrics]
fn price(name: String) -> u32 {
    drop(name);
    drop(name);
    7
}

fn main() {}
