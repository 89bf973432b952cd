use measurand::{LabelSet, LabelValue};

#[derive(LabelValue)]
struct Tenant<'a>(&'a str);

#[derive(LabelSet)]
struct Call<'a> {
    #[label(flatten, expect(target_label, reason = "an old dashboard"))]
    tenant: Tenant<'a>,
}

fn main() {}
