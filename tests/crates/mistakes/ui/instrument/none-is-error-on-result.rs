use measurand::instrument_metrics;

#[instrument_metrics(none_is_error)]
fn price() -> Result<u32, String> {
    Ok(7)
}

fn main() {}
