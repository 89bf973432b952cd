use measurand::instrument_metrics;

#[instrument_metrics(self_type)]
fn price() -> u32 {
    7
}

fn main() {}
