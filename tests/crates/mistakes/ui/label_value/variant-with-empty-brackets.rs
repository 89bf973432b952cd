use measurand::LabelValue;

#[derive(LabelValue)]
enum Outcome {
    Done(),
    Failed,
}

fn main() {}
