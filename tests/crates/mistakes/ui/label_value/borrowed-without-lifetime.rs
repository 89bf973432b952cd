use measurand::LabelValue;

#[derive(LabelValue)]
struct Tenant(&str);

fn main() {}
