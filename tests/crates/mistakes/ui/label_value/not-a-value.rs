use measurand::LabelValue;

#[derive(LabelValue)]
struct Tenant(f64);

fn main() {}
