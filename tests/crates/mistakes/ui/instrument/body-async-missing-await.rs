use measurand::instrument_metrics;

async fn later() -> Result<u32, String> {
    Ok(7)
}

#[instrument_metrics]
async fn price() -> Result<u32, String> {
    let n = later()?;
    Ok(n)
}

fn main() {}
