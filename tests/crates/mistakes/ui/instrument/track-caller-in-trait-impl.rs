use measurand::instrument_metrics;

trait Open {
    fn open(&self) -> Result<bool, String>;
}

struct Shop;

#[instrument_metrics]
impl Open for Shop {
    #[track_caller]
    fn open(&self) -> Result<bool, String> {
        "true".parse().map_err(|_| String::new())
    }
}

fn main() {}
