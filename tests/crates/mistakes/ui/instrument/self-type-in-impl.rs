use measurand::instrument_metrics;

struct Shop;

#[instrument_metrics]
impl Shop {
    #[instrument_metrics(self_type = "Shop")]
    fn open(&self) -> bool {
        true
    }
}

fn main() {}
