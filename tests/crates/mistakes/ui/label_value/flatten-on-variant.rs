use measurand::LabelValue;

#[derive(LabelValue)]
enum Outcome {
    #[label(flatten)]
    NotFound,
}

fn main() {}
