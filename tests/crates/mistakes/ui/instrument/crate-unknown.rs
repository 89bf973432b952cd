use measurand::instrument_metrics;

#[instrument_metrics(crate = shop_metrics)]
fn price() -> u32 {
    7
}

fn main() {}
