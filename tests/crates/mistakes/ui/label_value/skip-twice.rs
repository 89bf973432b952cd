use measurand::LabelValue;

#[derive(LabelValue)]
enum Outcome {
    #[label(skip)]
    Done,
    #[label(skip)]
    Unknown,
}

fn main() {}
