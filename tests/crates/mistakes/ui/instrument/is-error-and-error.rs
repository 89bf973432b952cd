use measurand::{LabelValue, instrument_metrics};

#[derive(LabelValue)]
enum Kind {
    Missing,
}

fn kind(_: &String) -> Kind {
    Kind::Missing
}

fn is_missing(order: &Result<u32, String>) -> bool {
    order.is_err()
}

#[instrument_metrics(is_error = is_missing, error = kind)]
fn order(number: u32) -> Result<u32, String> {
    Ok(number)
}

fn main() {
    let _ = order(1);
}
