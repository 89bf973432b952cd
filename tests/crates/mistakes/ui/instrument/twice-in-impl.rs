use measurand::instrument_metrics;

struct Shop;

#[instrument_metrics]
impl Shop {
    #[instrument_metrics(sample = 4)]
    #[instrument_metrics(sample = 8)]
    fn open(&self) -> bool {
        true
    }
}

fn main() {}
