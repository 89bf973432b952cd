use measurand::LabelValue;

#[derive(LabelValue)]
struct Tenant<const N: usize>([u8; N]);

fn main() {}
