use measurand::LabelValue;

#[derive(LabelValue)]
#[label(rename_al = "kebab-case")]
enum Outcome {
    NotFound,
}

fn main() {}
