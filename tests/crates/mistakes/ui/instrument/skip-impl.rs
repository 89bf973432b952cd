use measurand::instrument_metrics;

struct Shop;

#[instrument_metrics(skip)]
impl Shop {
    fn price(&self) -> u32 {
        7
    }
}

fn main() {}
