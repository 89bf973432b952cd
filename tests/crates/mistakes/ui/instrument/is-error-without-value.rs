use measurand::instrument_metrics;

#[instrument_metrics(is_error)]
fn order(number: i32) -> i32 {
    number
}

fn main() {
    order(1);
}
