use measurand::LabelValue;

#[derive(LabelValue)]
enum Größe {
    Klein,
}

fn main() {}
