use measurand::{LabelValue, instrument_metrics};

#[derive(LabelValue)]
enum Kind {
    Timeout,
    Refused,
}

struct StoreError;

impl StoreError {
    fn kind(&self) -> Kind {
        Kind::Timeout
    }
}

#[instrument_metrics(error = StoreError::kind)]
fn price() {}

fn main() {}
