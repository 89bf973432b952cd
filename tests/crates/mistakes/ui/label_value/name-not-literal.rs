use measurand::LabelValue;

#[derive(LabelValue)]
#[label(name = result)]
enum Outcome {
    NotFound,
}

fn main() {}
