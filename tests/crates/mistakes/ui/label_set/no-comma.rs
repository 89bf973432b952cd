use measurand::LabelSet;

#[derive(LabelSet)]
struct OrderLabels {
    #[label(rename = "tender" display)]
    tender: u64,
}

fn main() {}
