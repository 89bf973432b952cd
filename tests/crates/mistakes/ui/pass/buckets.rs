use measurand::unit::{Bytes, Celsius, Ratio, Seconds};
use measurand::{Histogram, Metrics};

const BOUNDS: [f64; 2] = [0.25, 0.5];
const SLICE: &[f64] = &[0.25, 0.5];

const fn bounds() -> [f64; 2] {
    BOUNDS
}

mod shared {
    pub const BOUNDS: [f64; 3] = [1.0, 2.0, 3.0];
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Default buckets.
    wait_seconds: Histogram<Seconds>,
    /// A list.
    #[metric(buckets = [0.001, 1, 10.5])]
    list_seconds: Histogram<Seconds>,
    /// A list that ends with infinity.
    #[metric(buckets = [1, 2, f64::INFINITY])]
    infinite: Histogram,
    /// Negative bounds.
    #[metric(buckets = [-10, 0, 10])]
    room_celsius: Histogram<Celsius>,
    /// Equal widths.
    #[metric(buckets = linear(1, 2, 3))]
    items: Histogram,
    /// Equal factors.
    #[metric(buckets = exponential(256, 4, 5))]
    size_bytes: Histogram<Bytes>,
    /// A range.
    #[metric(buckets = exponential_range(0.001, 10, 5))]
    range_seconds: Histogram<Seconds>,
    /// A constant.
    #[metric(buckets = BOUNDS)]
    const_ratio: Histogram<Ratio>,
    /// A constant slice.
    #[metric(buckets = SLICE)]
    slice_ratio: Histogram<Ratio>,
    /// A constant of a module.
    #[metric(buckets = shared::BOUNDS)]
    shared: Histogram,
    /// A constant function.
    #[metric(buckets = bounds())]
    function_ratio: Histogram<Ratio>,
    /// Many.
    #[metric(buckets = linear(1, 1, 41), expect(bucket_count, reason = "a fine resolution"))]
    many: Histogram,
    /// What the error of a missing list suggests.
    #[metric(buckets = linear(0.1, 0.1, 10))]
    fill_ratio: Histogram<Ratio>,
}

fn main() {
    ShopMetrics::global().fill_ratio.observe(0.25);
    let mut text = String::new();
    measurand::encode_text(&mut text);
    assert!(text.contains("shop_size_bytes_bucket{le=\"65536\"} 0\n"), "{text}");
    assert!(text.contains("shop_fill_ratio_bucket{le=\"0.2\"} 0\n"), "{text}");
}
