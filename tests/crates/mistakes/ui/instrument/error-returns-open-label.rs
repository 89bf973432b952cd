use measurand::{LabelValue, instrument_metrics};

#[derive(LabelValue)]
struct Code(u16);

fn code(_: &String) -> Code {
    Code(7)
}

#[instrument_metrics(error = code)]
fn price() -> Result<u32, String> {
    Ok(7)
}

fn main() {}
