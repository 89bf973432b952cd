#[instrument_metrics]
fn price() -> u32 {
    7
}

fn main() {}
