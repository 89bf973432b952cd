use measurand::instrument_metrics;

#[instrument_metrics(none_is_error = true)]
fn price() -> Option<u32> {
    None
}

fn main() {}
