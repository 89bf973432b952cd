use measurand::LabelValue;

#[derive(LabelValue)]
enum Outcome {
    #[label(name = "missing")]
    NotFound,
}

fn main() {}
