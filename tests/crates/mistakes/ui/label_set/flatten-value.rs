use measurand::LabelSet;

#[derive(LabelSet)]
struct Call {
    #[label(flatten)]
    cached: bool,
}

fn main() {}
