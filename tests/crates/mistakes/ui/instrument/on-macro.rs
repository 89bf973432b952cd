use measurand::instrument_metrics;

#[instrument_metrics]
macro_rules! price {
    () => {};
}

fn main() {}
