use measurand::LabelValue;

#[derive(LabelValue)]
#[label(expect(target_label))]
enum Job {
    Sweep,
}

fn main() {}
