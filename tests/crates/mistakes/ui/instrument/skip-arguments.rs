use measurand::instrument_metrics;

#[instrument_metrics(skip(order))]
fn price(order: u32) -> u32 {
    order
}

fn main() {}
