use measurand::{LabelSet, LabelValue};

#[derive(LabelValue)]
struct Tenant<'a>(&'a str);

#[derive(LabelSet)]
struct Call<'a> {
    cached: bool,
    #[label(flatten, skip)]
    tenant: Tenant<'a>,
}

fn main() {}
