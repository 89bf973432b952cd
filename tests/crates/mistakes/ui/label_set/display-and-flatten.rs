use measurand::LabelSet;
use measurand::family::Method;

#[derive(LabelSet)]
struct Call {
    cached: bool,
    #[label(display, flatten)]
    method: Method,
}

fn main() {}
