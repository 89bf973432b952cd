use measurand::LabelValue;

#[derive(LabelValue)]
#[label(rename_all = "kebab-case")]
struct Tenant(String);

fn main() {}
