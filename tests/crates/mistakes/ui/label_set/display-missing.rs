use measurand::LabelSet;

#[derive(LabelSet)]
struct Call {
    cached: bool,
    #[label(display)]
    digest: Option<Vec<u8>>,
}

fn main() {}
