use measurand::LabelValue;

#[derive(LabelValue)]
struct Tenant(#[label(name = "customer")] String);

fn main() {}
