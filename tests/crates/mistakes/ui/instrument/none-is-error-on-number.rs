use measurand::instrument_metrics;

#[instrument_metrics(none_is_error)]
fn price() -> u32 {
    7
}

fn main() {}
