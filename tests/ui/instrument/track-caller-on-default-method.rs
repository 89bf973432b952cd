use measurand::instrument_metrics;

trait Open {
    #[instrument_metrics]
    #[track_caller]
    fn open(&self) -> Result<bool, String> {
        Ok(true)
    }
}

struct Shop;

impl Open for Shop {
    fn open(&self) -> Result<bool, String> {
        Ok(false)
    }

    fn __measurand_body_of_open(&self) -> Result<bool, String> {
        Ok(false)
    }
}

fn main() {}
