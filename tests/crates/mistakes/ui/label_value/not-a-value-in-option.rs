use measurand::LabelValue;

#[derive(LabelValue)]
struct Tenant(Option<Vec<u8>>);

fn main() {}
