use measurand::{Family, LabelSet, Metrics, Summary};

#[derive(LabelSet)]
struct Labels {
    quantile: bool,
}

/// The API.
#[derive(Metrics)]
#[metrics(namespace = "app")]
struct Api {
    /// Sizes.
    sizes: Family<Labels, Summary>,
}

fn main() {}
