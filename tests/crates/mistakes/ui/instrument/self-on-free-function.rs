use measurand::instrument_metrics;

#[instrument_metrics(self.pricing)]
fn price() -> u32 {
    7
}

fn main() {}
