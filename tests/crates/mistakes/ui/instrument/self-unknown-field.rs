use measurand::instrument_metrics;

struct Shop;

impl Shop {
    #[instrument_metrics(self.pricing)]
    fn price(&self) -> u32 {
        7
    }
}

fn main() {}
