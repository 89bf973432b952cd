use measurand::LabelValue;

#[derive(LabelValue)]
#[label(display, rename_all = "lowercase")]
enum Failure {
    Io,
    Gone,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("failure")
    }
}

fn main() {}
