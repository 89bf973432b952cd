use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics {
    /// Pages printed.
    printed_pages_total: Counter<Pages>,
}

measurand::unit!(
/// Printed pages.
pub Pages = "pages",
whole
);

fn main() {
    METRICS.printed_pages_total.inc_by(1.5);
}
