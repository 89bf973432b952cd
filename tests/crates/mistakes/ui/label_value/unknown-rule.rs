use measurand::LabelValue;

#[derive(LabelValue)]
#[label(expect(target_lable, reason = "an old dashboard"))]
enum Job {
    Sweep,
}

fn main() {}
