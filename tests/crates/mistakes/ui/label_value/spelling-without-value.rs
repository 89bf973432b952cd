use measurand::LabelValue;

#[derive(LabelValue)]
#[label(rename_all)]
enum Outcome {
    NotFound,
}

fn main() {}
