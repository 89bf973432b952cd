use measurand::LabelValue;

#[derive(LabelValue)]
struct Tenant(String, u16);

fn main() {}
