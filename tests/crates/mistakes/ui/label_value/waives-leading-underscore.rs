use measurand::LabelValue;

#[derive(LabelValue)]
#[label(name = "_outcome", expect(snake_case, reason = "an old dashboard"))]
enum Outcome {
    NotFound,
}

fn main() {}
