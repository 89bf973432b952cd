use measurand::instrument_metrics;

fn code(number: &i32) -> i32 {
    *number
}

#[instrument_metrics(is_error = code)]
fn order(number: i32) -> i32 {
    number
}

fn main() {
    order(1);
}
