use measurand::instrument_metrics;

fn kind(error: &String) -> usize {
    error.len()
}

#[instrument_metrics(error = kind)]
fn price() -> Result<u32, String> {
    Ok(7)
}

fn main() {}
