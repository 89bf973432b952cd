use measurand::LabelSet;

#[derive(LabelSet)]
union Outcome {
    code: u16,
}

fn main() {}
