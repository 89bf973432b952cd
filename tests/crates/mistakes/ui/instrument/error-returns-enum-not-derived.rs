use measurand::instrument_metrics;

enum Kind {
    Timeout,
}

fn kind(_: &String) -> Kind {
    Kind::Timeout
}

#[instrument_metrics(error = kind)]
fn price() -> Result<u32, String> {
    Ok(7)
}

fn main() {}
