//! A program that has `measurand` from a library which is linked as it starts, and metrics of its
//! own besides that library's: `hosting PATH` writes the page of both.

use measurand::{Counter, Family, LabelSet, LabelValue, Metrics, instrument_metrics};

#[derive(LabelValue, Clone, Copy)]
enum Tender {
    Cash,
    Card,
}

#[derive(LabelSet)]
struct Shop<'a> {
    shop: &'a str,
}

/// What the program itself counts.
#[derive(Metrics)]
#[metrics(namespace = "hosting", global = METRICS)]
struct HostMetrics {
    /// Things.
    things_total: Counter,
    /// Sales.
    sales_total: Family<Tender, Counter>,
    /// Visits.
    #[metric(max_series = 10)]
    visits_total: Family<Shop<'static>, Counter>,
}

#[instrument_metrics]
fn ask(question: i32) -> Result<i32, i32> {
    if question == 42 { Ok(question) } else { Err(question) }
}

fn main() -> std::io::Result<()> {
    entries_dylib::entries_update();
    METRICS.things_total.inc();
    METRICS.sales_total.with(Tender::Cash).inc();
    METRICS.sales_total.with(Tender::Card).inc_by(2);
    METRICS.visits_total.with(Shop { shop: "north" }).inc();
    let _ = ask(42);
    let mut page = String::new();
    measurand::encode_text(&mut page);
    let path = std::env::args_os().nth(1).unwrap_or_else(|| "page".into());
    std::fs::write(path, page)
}
