use measurand::LabelValue;

#[derive(LabelValue)]
#[label(name = "")]
enum Outcome {
    NotFound,
}

fn main() {}
