use measurand::instrument_metrics;

#[instrument_metrics]
const fn price() -> u32 {
    7
}

fn main() {}
