use measurand::LabelValue;

#[derive(LabelValue)]
enum Outcome {
    Done,
    #[label(other)]
    Unknown,
}

impl From<&str> for Outcome {
    fn from(_: &str) -> Self {
        Outcome::Unknown
    }
}

fn main() {}
