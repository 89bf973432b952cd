use measurand::LabelValue;

#[derive(LabelValue)]
#[label(name = "my-label")]
enum Op {
    Get,
}

fn main() {}
