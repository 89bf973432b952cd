use measurand::{LabelValue, instrument_metrics};

#[derive(LabelValue)]
enum Kind {
    Timeout,
    Refused,
}

fn kind(_: String) -> Kind {
    Kind::Timeout
}

#[instrument_metrics(error = kind)]
fn price() -> Result<u32, String> {
    Ok(7)
}

fn main() {}
