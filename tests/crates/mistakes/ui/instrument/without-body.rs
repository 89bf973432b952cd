use measurand::instrument_metrics;

trait Shop {
    #[instrument_metrics]
    fn open(&self) -> bool;
}

fn main() {}
