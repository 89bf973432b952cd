use measurand::LabelValue;

#[derive(LabelValue)]
enum Outcome {
    NotFound,
    #[label(rename = "not_found")]
    Missing,
}

fn main() {}
