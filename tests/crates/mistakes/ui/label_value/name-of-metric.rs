use measurand::LabelValue;

#[derive(LabelValue)]
#[label(name = "__name__")]
enum Outcome {
    NotFound,
}

fn main() {}
