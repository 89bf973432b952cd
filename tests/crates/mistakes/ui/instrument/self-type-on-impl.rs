use measurand::instrument_metrics;

struct Shop;

#[instrument_metrics(self_type = "Shop")]
impl Shop {
    fn price(&self) -> u32 {
        7
    }
}

fn main() {}
