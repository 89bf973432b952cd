use measurand::instrument_metrics;

#[instrument_metrics(none_is_error, is_error = Option::is_none)]
fn order(number: u32) -> Option<u32> {
    Some(number)
}

fn main() {
    order(1);
}
