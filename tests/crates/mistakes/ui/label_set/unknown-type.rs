use measurand::LabelSet;

#[derive(LabelSet)]
struct Call {
    cached: Boolean,
}

fn main() {}
