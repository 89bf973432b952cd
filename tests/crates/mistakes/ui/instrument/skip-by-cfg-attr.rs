use measurand::instrument_metrics;

struct Shop;

#[instrument_metrics]
impl Shop {
    #[cfg_attr(all(), instrument_metrics(skip))]
    fn open(&self) -> bool {
        true
    }
}

fn main() {}
