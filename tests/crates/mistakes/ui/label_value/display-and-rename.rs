use measurand::LabelValue;

#[derive(LabelValue)]
#[label(display)]
enum Failure {
    #[label(rename = "i/o")]
    Io,
    Gone,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("failure")
    }
}

fn main() {}
