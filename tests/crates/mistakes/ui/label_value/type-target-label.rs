use measurand::LabelValue;

#[derive(LabelValue)]
enum Service {
    Orders,
    Carts,
}

fn main() {}
