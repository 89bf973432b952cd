use measurand::{LabelValue, instrument_metrics};

#[derive(LabelValue)]
enum Kind {
    Timeout,
    Refused,
}

struct StoreError;

#[instrument_metrics]
impl StoreError {
    fn kind(&self) -> Kind {
        Kind::Timeout
    }

    #[instrument_metrics(error = Self::kind)]
    fn check() -> Result<u32, StoreError> {
        Err(StoreError)
    }
}

fn main() {}
