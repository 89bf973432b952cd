use measurand::instrument_metrics;

struct StoreError;

#[instrument_metrics(error = StoreError::kind)]
fn price() -> Result<u32, StoreError> {
    Err(StoreError)
}

fn main() {}
