use measurand::{LabelSet, LabelValue};

#[derive(LabelSet, LabelValue)]
struct Call<'a> {
    tenant: &'a str,
    cached: bool,
}

fn labels<L: LabelSet>() {}

fn main() {
    labels::<Call<'static>>();
}
