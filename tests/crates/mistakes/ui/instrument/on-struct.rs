use measurand::instrument_metrics;

#[instrument_metrics]
struct Shop {
    open: bool,
}

fn main() {}
