use measurand::LabelSet;

#[derive(LabelSet)]
struct Call(bool, u16);

fn main() {}
