use measurand::family::{Method, StatusClass};
use measurand::unit::Seconds;
use measurand::{Family, Histogram, LabelSet, LabelValue, Metrics};

#[derive(LabelValue)]
enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

#[derive(LabelSet)]
struct OrderLabels {
    method: Method,
    status: StatusClass,
    weekday: Weekday,
    is_gift: bool,
    is_new: bool,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Time to place an order.
    order_duration_seconds: Family<OrderLabels, Histogram<Seconds>>,
}

fn main() {}
