use measurand::instrument_metrics;

unsafe extern "C" {
    #[instrument_metrics]
    fn abs(n: i32) -> i32;
}

fn main() {}
