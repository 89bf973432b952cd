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
fn price() -> impl std::future::Future<Output = u32> {
    async { 7 }
}

fn main() {}
