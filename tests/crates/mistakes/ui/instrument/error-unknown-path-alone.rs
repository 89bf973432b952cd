use measurand::instrument_metrics;

struct StoreError;

#[instrument_metrics(error = StoreError::class_of_error)]
fn price() -> Result<u32, StoreError> {
    Err(StoreError)
}

fn main() {}
