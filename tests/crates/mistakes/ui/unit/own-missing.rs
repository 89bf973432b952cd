use measurand::{Counter, Metrics};

measurand::unit!(
/// Printed pages.
pub Pages = "pages",
whole
);

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pages printed.
    printed_total: Counter<Pages>,
}

fn main() {}
