use measurand::instrument_metrics;

#[instrument_metrics]
enum Shop {
    Open,
    Closed,
}

fn main() {}
