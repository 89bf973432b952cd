use measurand::{LabelSet, LabelValue};

#[derive(LabelValue)]
struct Tenant<'a>(&'a str);

#[derive(LabelSet)]
struct Call<'a> {
    #[label(flatten(prefix = "call"))]
    tenant: Tenant<'a>,
}

fn main() {}
