use measurand::instrument_metrics;

#[instrument_metrics]
trait Shop {
    fn open(&self) -> bool {
        true
    }
}

fn main() {}
