use measurand::LabelSet;

#[derive(LabelSet)]
struct Call {
    #[label(skip)]
    started: u64,
}

fn main() {}
