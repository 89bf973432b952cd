use measurand::LabelValue;

#[derive(LabelValue)]
enum Outcome {
    Done,
    #[label(other = "rest")]
    Unknown,
}

fn main() {}
