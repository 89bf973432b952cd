use measurand::{Counter, Metrics};

#[cfg_attr(all(), derive(Metrics))]
#[cfg_attr(all(), metrics(namespace = "shop"))]
struct ShopMetrics {
    /// Orders placed.
    #[cfg(all())]
    orders_total: Counter,
    /// Not there.
    #[cfg(any())]
    absent_total: NoSuchType,
    /// Renamed.
    #[cfg_attr(all(), metric(rename = "carts_total"))]
    #[cfg_attr(any(), metric(rename = "nonsense"))]
    carts: Counter,
    #[cfg_attr(all(), doc = "Visits.")]
    visits_total: Counter,
}

fn main() {
    ShopMetrics::global().orders_total.inc();
}
