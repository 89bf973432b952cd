use measurand::instrument_metrics;

struct Shop;

#[instrument_metrics]
impl Shop {
    #[instrument_metrics(skip, sample = 4)]
    fn open(&self) -> bool {
        true
    }
}

fn main() {}
