use measurand::{Counter, Family, LabelSet, LabelValue, Metrics};

#[derive(LabelValue)]
enum Digit {
    A,
    B,
    C,
    D,
    E,
    F,
    G,
    H,
}

#[derive(LabelSet)]
struct Number<'a> {
    d0: Digit,
    d1: Digit,
    d2: Digit,
    d3: Digit,
    d4: Digit,
    d5: Digit,
    d6: Digit,
    d7: Digit,
    d8: Digit,
    d9: Digit,
    d10: Digit,
    shop: &'a str,
}

/// A till.
#[derive(Metrics)]
#[metrics(namespace = "till")]
struct Till {
    /// Sales.
    #[metric(max_series = 100)]
    sales_total: Family<Number<'static>, Counter>,
}

fn main() {}
