use measurand::LabelValue;

#[derive(LabelValue)]
#[label(name = "zone")]
enum Target {
    Near,
    Far,
}

fn main() {}
