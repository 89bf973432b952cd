use measurand::instrument_metrics;

#[instrument_metrics]
fn price(name: String) -> Result<u32, String> {
    drop(name);
}

fn main() {}
