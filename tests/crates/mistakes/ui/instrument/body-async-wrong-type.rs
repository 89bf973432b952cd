use measurand::instrument_metrics;

#[instrument_metrics]
async fn price(name: String) -> Result<u32, String> {
    name
}

fn main() {}
