use measurand::instrument_metrics;

#[instrument_metrics]
mod shop {
    pub fn open() {}
}

fn main() {}
