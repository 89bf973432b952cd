use measurand::LabelValue;

#[derive(LabelValue)]
enum Outcome {
    #[label(colour = "red")]
    Done,
    Failed(String),
}

fn main() {}
