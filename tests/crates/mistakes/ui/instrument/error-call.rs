use measurand::instrument_metrics;

#[instrument_metrics(error = kind())]
fn price() -> Result<u32, String> {
    Ok(7)
}

fn main() {}
