use measurand::LabelValue;

#[derive(LabelValue)]
enum Outcome {
    Done,
    Failed { code: u16 },
}

fn main() {}
