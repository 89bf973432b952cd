use measurand::LabelValue;

#[derive(LabelValue)]
enum Outcome {
    Done,
    #[label(other)]
    Unknown,
    #[label(other)]
    Rest,
}

fn main() {}
