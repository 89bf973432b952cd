use measurand::{LabelSet, LabelValue};

#[derive(LabelValue, LabelSet)]
struct Tenant<'a>(&'a str);

fn main() {}
