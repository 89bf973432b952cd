use measurand::instrument_metrics;

#[instrument_metrics(none_is_error sample = 64)]
fn price() -> Option<u32> {
    Some(7)
}

#[instrument_metrics(skip(in_progress) sample = 64 none_is_error)]
fn total() -> Option<u32> {
    Some(7)
}

fn main() {}
