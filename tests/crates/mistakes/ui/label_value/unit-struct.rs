use measurand::LabelValue;

#[derive(LabelValue)]
struct Tenant;

fn main() {}
