use measurand::instrument_metrics;

macro_rules! priced {
    ($name:ident, $sample:literal) => {
        #[instrument_metrics(sample = $sample)]
        fn $name() -> u32 {
            7
        }
    };
}

priced!(price, 0);

fn main() {}
