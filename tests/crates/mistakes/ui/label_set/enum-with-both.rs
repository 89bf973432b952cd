use measurand::{LabelSet, LabelValue};

#[derive(LabelSet, LabelValue)]
enum Outcome {
    Done,
    Failed,
}

fn labels<L: LabelSet>() {}

fn main() {
    labels::<Outcome>();
}
