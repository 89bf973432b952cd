use measurand::LabelValue;

#[derive(LabelValue)]
#[label(name = "_outcome")]
enum Outcome {
    NotFound,
}

fn main() {}
