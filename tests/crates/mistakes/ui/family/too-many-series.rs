use measurand::family::Method;
use measurand::{Counter, Family, LabelSet, LabelValue, Metrics};

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

#[derive(LabelValue)]
enum Tender {
    Cash,
    Card,
}

#[derive(LabelSet)]
struct OrderLabels {
    method: Method,
    opened: Weekday,
    closed: Weekday,
    tender: Tender,
    is_gift: bool,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Family<OrderLabels, Counter>,
}

fn main() {}
