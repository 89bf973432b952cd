use measurand::LabelSet;

#[derive(LabelSet)]
struct Call {
    cached: bool,
    seconds: f64,
}

fn main() {}
