use measurand::instrument_metrics;

struct Shop {
    price: u32,
}

#[instrument_metrics]
impl Shop {
    fn price(&self) -> Result<u32, String> {
        self.
    }

    fn open(&self) -> bool {
        true
    }
}

fn main() {}
