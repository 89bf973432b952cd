use measurand::LabelValue;

#[derive(LabelValue)]
union Outcome {
    code: u16,
}

fn main() {}
