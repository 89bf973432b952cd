use measurand::LabelSet;

#[derive(LabelSet)]
struct Call;

fn main() {}
