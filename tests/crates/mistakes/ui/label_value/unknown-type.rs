use measurand::LabelValue;

#[derive(LabelValue)]
struct Tenant(Strin);

fn main() {}
