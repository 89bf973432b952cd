use measurand::instrument_metrics;

#[instrument_metrics(self_type = Self)]
fn price() -> u32 {
    7
}

fn main() {}
