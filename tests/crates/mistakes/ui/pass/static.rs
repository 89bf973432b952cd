use measurand::unit::{
    Amperes, Bytes, Celsius, Grams, Joules, Kelvin, Meters, Ratio, Seconds, Volts,
};
use measurand::{Counter, Gauge, Histogram, InProgress, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", subsystem = "cart")]
struct CartMetrics {
    /// Orders placed.
    orders_total: Counter,
    /// Bytes read.
    read_bytes_total: Counter<Bytes>,
    /// CPU time.
    cpu_seconds_total: Counter<Seconds>,
    /// Energy used.
    used_joules_total: Counter<Joules>,
    /// Requests waiting.
    queue_length: Gauge,
    /// Time of the last order.
    last_order_timestamp_seconds: Gauge<Seconds>,
    /// Size of the carts.
    size_bytes: Gauge<Bytes>,
    /// How full the carts are.
    fill_ratio: Gauge<Ratio>,
    /// Temperature of the room.
    room_celsius: Gauge<Celsius>,
    /// Temperature of the core.
    core_kelvin: Gauge<Kelvin>,
    /// Height.
    height_meters: Gauge<Meters>,
    /// Voltage.
    supply_volts: Gauge<Volts>,
    /// Current.
    supply_amperes: Gauge<Amperes>,
    /// Weight.
    weight_grams: Gauge<Grams>,
    /// Orders being placed.
    in_progress: InProgress,
    /// Time to place an order.
    order_duration_seconds: Histogram<Seconds>,
}

fn main() {
    const METRICS: &CartMetrics = CartMetrics::global();
    METRICS.orders_total.inc();
    METRICS.weight_grams.set(12);
    let mut text = String::new();
    measurand::encode_text(&mut text);
    assert!(text.contains("shop_cart_orders_total 1\n"), "{text}");
    assert!(text.contains("shop_cart_weight_grams 12\n"), "{text}");
}
