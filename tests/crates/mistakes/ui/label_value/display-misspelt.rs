use measurand::LabelValue;

#[derive(LabelValue)]
#[label(displayed)]
struct Tenant(String);

fn main() {}
