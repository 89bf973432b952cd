use measurand::LabelValue;

#[derive(LabelValue)]
#[label(name = "end-result")]
enum Outcome {
    NotFound,
}

fn main() {}
