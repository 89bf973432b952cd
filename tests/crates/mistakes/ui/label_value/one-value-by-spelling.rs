use measurand::LabelValue;

#[derive(LabelValue)]
#[label(rename_all = "lowercase")]
enum Outcome {
    TimeOut,
    Timeout,
}

fn main() {}
