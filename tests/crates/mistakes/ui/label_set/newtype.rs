use measurand::LabelSet;

#[derive(LabelSet)]
struct Tenant(String);

fn main() {}
