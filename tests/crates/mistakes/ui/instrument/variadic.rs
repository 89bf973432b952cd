use measurand::instrument_metrics;

#[instrument_metrics]
unsafe extern "C" fn price(_: u32, _: ...) -> u32 {
    7
}

fn main() {}
