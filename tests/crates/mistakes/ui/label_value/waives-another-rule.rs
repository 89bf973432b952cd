use measurand::LabelValue;

#[derive(LabelValue)]
#[label(expect(snake_case, reason = "an old dashboard"))]
enum Job {
    Sweep,
}

fn main() {}
