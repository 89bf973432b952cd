use measurand::LabelValue;

#[derive(LabelValue)]
#[label]
enum Outcome {
    NotFound,
}

fn main() {}
