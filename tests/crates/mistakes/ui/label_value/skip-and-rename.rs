use measurand::LabelValue;

#[derive(LabelValue)]
enum Outcome {
    Done,
    #[label(skip, rename = "none")]
    Unknown,
}

fn main() {}
