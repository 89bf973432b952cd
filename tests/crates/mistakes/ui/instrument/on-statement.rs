use measurand::instrument_metrics;

fn main() {
    #[instrument_metrics]
    let price = 7;
    let _ = price;
}
