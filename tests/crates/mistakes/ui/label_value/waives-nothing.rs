use measurand::LabelValue;

#[derive(LabelValue)]
#[label(expect(target_label, reason = "an old dashboard"))]
enum Outcome {
    NotFound,
}

fn main() {}
