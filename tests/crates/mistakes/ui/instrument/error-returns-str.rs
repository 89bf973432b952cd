use measurand::instrument_metrics;

fn kind(_: &String) -> &'static str {
    "timeout"
}

#[instrument_metrics(error = kind)]
fn price() -> Result<u32, String> {
    Ok(7)
}

fn main() {}
