use measurand::LabelValue;

#[derive(LabelValue)]
#[label(display)]
struct OrderId {
    year: u16,
    number: u32,
}

fn main() {}
