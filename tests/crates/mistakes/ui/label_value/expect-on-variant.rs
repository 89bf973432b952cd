use measurand::LabelValue;

#[derive(LabelValue)]
enum Outcome {
    #[label(expect(snake_case, reason = "an old dashboard"))]
    NotFound,
}

fn main() {}
