use measurand::LabelValue;

#[derive(LabelValue)]
enum Outcome {
    Done,
    #[label(rename = "")]
    Unknown,
}

fn main() {}
