use measurand::LabelValue;

#[derive(LabelValue)]
#[label(colour = "red")]
enum Outcome {
    NotFound,
}

fn main() {}
