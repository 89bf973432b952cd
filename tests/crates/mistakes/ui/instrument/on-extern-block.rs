use measurand::instrument_metrics;

#[instrument_metrics]
unsafe extern "C" {
    fn abs(n: i32) -> i32;
}

fn main() {}
