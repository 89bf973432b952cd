use measurand::instrument_metrics;

#[instrument_metrics(is_error = |number| *number < 0)]
fn order(number: i32) -> i32 {
    number
}

fn main() {
    order(1);
}
