use measurand::LabelValue;

#[derive(LabelValue)]
struct Digest(#[label(display)] Vec<u8>);

fn main() {}
