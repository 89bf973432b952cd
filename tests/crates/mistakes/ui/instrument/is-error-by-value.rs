use measurand::instrument_metrics;

fn is_missing(order: Option<String>) -> bool {
    order.is_none()
}

#[instrument_metrics(is_error = is_missing)]
async fn order(number: u32) -> Option<String> {
    Some(number.to_string())
}

fn main() {
    let _ = order(1);
}
