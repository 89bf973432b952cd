//! A series whose labels the compiler knows does not leave.

use measurand::{Counter, Family, LabelValue, Metrics};

#[derive(LabelValue, Clone, Copy)]
enum Tender {
    Cash,
    Card,
}

/// The till.
#[derive(Metrics)]
#[metrics(namespace = "till", global = TILL)]
struct TillMetrics {
    /// Sales.
    sales_total: Family<Tender, Counter>,
}

fn main() {
    TILL.sales_total.with(Tender::Cash).scoped().inc();
}
