use measurand::LabelSet;

#[derive(LabelSet)]
struct Call {
    cached: bool,
    parts: std::vec::Vec<u8>,
}

fn main() {}
