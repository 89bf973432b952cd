use measurand::instrument_metrics;

trait Open {
    #[instrument_metrics]
    #[track_caller]
    fn open(&self) -> Result<bool, String> {
        "true".parse().map_err(|_| String::new())
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
