use measurand::instrument_metrics;

struct Shop {
    price: u32,
}

#[instrument_metrics]
impl Shop {
    fn price(&self) -> u32 {
        self.
    }

    #[instrument_metrics(skip)]
    const fn open(&self) -> bool {
        true
    }
}

fn main() {}
