use measurand::instrument_metrics;

#[instrument_metrics(is_eror = Option::is_none)]
fn order(number: u32) -> Option<u32> {
    Some(number)
}

fn main() {
    order(1);
}
