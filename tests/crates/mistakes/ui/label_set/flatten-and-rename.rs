use measurand::{LabelSet, LabelValue};

#[derive(LabelValue)]
struct Tenant<'a>(&'a str);

#[derive(LabelSet)]
struct Call<'a> {
    #[label(flatten, rename = "customer")]
    tenant: Tenant<'a>,
}

fn main() {}
