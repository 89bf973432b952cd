use measurand::LabelValue;

#[derive(LabelValue)]
#[label(name = "result", name = "end")]
enum Outcome {
    NotFound,
}

fn main() {}
