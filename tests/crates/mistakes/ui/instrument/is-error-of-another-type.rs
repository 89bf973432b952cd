use measurand::instrument_metrics;

fn is_negative(number: &i64) -> bool {
    *number < 0
}

#[instrument_metrics(is_error = is_negative)]
fn order(number: i32) -> i32 {
    number
}

fn main() {
    order(1);
}
