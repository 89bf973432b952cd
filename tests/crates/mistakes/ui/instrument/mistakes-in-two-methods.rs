use measurand::instrument_metrics;

struct Shop;

#[instrument_metrics]
impl Shop {
    #[instrument_metrics(sample = 0)]
    fn open(&self) -> bool {
        true
    }

    #[instrument_metrics(none_is_error)]
    fn price(&self) -> u32 {
        7
    }
}

fn main() {}
