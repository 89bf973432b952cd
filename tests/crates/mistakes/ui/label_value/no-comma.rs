use measurand::LabelValue;

#[derive(LabelValue)]
#[label(name = "tender" rename_all = "kebab-case")]
enum Tender {
    Cash,
    #[label(other rename = "rest")]
    Other,
}

fn main() {}
