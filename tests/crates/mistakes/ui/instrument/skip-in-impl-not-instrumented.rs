use measurand::instrument_metrics;

struct Shop;

impl Shop {
    #[instrument_metrics(skip)]
    fn open(&self) -> bool {
        true
    }
}

fn main() {}
