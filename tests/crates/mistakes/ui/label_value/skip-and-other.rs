use measurand::LabelValue;

#[derive(LabelValue)]
enum Outcome {
    Done,
    #[label(skip, other)]
    Unknown,
}

fn main() {}
