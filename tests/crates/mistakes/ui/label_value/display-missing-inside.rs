use measurand::LabelValue;

#[derive(LabelValue)]
#[label(display)]
struct Digest(Vec<u8>);

fn main() {}
