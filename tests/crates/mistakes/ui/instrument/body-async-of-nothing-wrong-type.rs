use measurand::instrument_metrics;

#[instrument_metrics]
async fn price(name: String) {
    name
}

fn main() {}
