use measurand::{LabelValue, instrument_metrics};

trait HasKind {
    fn kind(&self) -> Kind;
}

#[derive(LabelValue)]
enum Kind {
    Timeout,
    Refused,
}

#[instrument_metrics(error = E::kind)]
fn price<E: HasKind>(error: E) -> Result<u32, E> {
    Err(error)
}

fn main() {}
