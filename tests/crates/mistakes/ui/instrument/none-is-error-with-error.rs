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

#[instrument_metrics(none_is_error, error = StoreError::kind)]
fn price() -> Option<u32> {
    None
}

fn main() {}
