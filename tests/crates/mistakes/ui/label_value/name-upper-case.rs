use measurand::LabelValue;

#[derive(LabelValue)]
#[label(name = "callOutcome")]
enum Outcome {
    NotFound,
}

fn main() {}
