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

struct Shop;

#[instrument_metrics(error = StoreError::kind)]
impl Shop {
    fn price(&self) -> Result<u32, StoreError> {
        Ok(7)
    }

    fn open(&self) -> bool {
        true
    }
}

fn main() {}
