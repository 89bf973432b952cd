use measurand::{Counter, Family, Gauge, Histogram, LabelValue};

#[derive(LabelValue)]
enum Tender {
    Cash,
    Card,
}

fn main() {
    let _counter = Counter::<measurand::unit::Bytes>::new("orders_bytes_total", "Orders placed.").unwrap();
    let _gauge: Gauge = Gauge::new("waiting_orders", "Orders waiting.").unwrap();
    let _other: Gauge = Gauge::default();
    let _histogram: Histogram = Histogram::with_opts("payment_seconds").unwrap();
    let _buckets: Histogram = Histogram::new([0.1, 1.0]);
    let _family = Family::<Tender, Counter>::default();
}
