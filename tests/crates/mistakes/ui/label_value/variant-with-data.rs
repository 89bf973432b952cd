use measurand::LabelValue;

#[derive(LabelValue)]
enum Outcome {
    Done,
    Failed(String),
}

fn main() {}
