use measurand::LabelValue;

#[derive(LabelValue)]
#[label(other)]
enum Outcome {
    NotFound,
}

fn main() {}
