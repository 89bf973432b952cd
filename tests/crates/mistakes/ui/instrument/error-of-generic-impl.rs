use measurand::{LabelValue, instrument_metrics};

trait HasKind {
    fn kind(&self) -> Kind;
}

#[derive(LabelValue)]
enum Kind {
    Timeout,
    Refused,
}

struct Shop<E>(E);

#[instrument_metrics(error = E::kind)]
impl<E: HasKind + Clone> Shop<E> {
    fn price(&self) -> Result<u32, E> {
        Err(self.0.clone())
    }
}

fn main() {}
