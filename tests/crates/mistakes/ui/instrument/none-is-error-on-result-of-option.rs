use measurand::instrument_metrics;

#[instrument_metrics(none_is_error)]
fn price() -> Result<Option<u32>, String> {
    Ok(None)
}

fn main() {}
