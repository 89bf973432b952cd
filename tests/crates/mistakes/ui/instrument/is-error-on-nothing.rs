use measurand::instrument_metrics;

fn is_error(_: &()) -> bool {
    true
}

#[instrument_metrics(is_error = is_error)]
async fn order() {}

fn main() {
    let _ = order();
}
