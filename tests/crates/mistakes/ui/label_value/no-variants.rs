use measurand::LabelValue;

#[derive(LabelValue)]
enum Outcome {}

fn main() {}
