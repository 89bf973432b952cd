use measurand::LabelSet;

#[derive(LabelSet)]
struct Call {
    #[label(flatten)]
    client: Client,
}

fn main() {}
