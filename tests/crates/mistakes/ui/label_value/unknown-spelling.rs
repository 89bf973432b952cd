use measurand::LabelValue;

#[derive(LabelValue)]
#[label(rename_all = "Kebab-Case")]
enum Outcome {
    NotFound,
}

fn main() {}
