use measurand::instrument_metrics;

trait Open {
    fn open(&self) -> Result<bool, String>;
}

struct Shop;

impl Open for Shop {
    #[instrument_metrics]
    #[track_caller]
    fn open(&self) -> Result<bool, String> {
        "true".parse().map_err(|_| String::new())
    }
}

fn main() {}
