use measurand::instrument_metrics;

fn main() {
    let price = #[instrument_metrics]
    || 7;
    price();
}
