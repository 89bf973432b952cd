use measurand::LabelValue;

#[derive(LabelValue)]
#[label(name = "2nd_result")]
enum Outcome {
    NotFound,
}

fn main() {}
