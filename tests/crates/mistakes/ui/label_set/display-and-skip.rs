use measurand::LabelSet;

#[derive(LabelSet)]
struct Call {
    cached: bool,
    #[label(skip, display)]
    seconds: f64,
}

fn main() {}
