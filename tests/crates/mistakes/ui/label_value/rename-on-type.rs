use measurand::LabelValue;

#[derive(LabelValue)]
#[label(rename = "result")]
enum Outcome {
    NotFound,
}

fn main() {}
