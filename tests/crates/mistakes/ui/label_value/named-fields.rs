use measurand::LabelValue;

#[derive(LabelValue)]
struct Tenant {
    name: String,
}

fn main() {}
