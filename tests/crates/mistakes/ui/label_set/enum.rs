use measurand::LabelSet;

#[derive(LabelSet)]
enum Outcome {
    Done,
    Failed,
}

fn main() {}
