use measurand::LabelValue;

#[derive(LabelValue)]
enum Outcome {
    #[label(colour = "red")]
    NotFound,
}

fn main() {}
