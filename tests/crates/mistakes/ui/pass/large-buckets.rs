//! Bounds of any number, however it is written.

#![deny(warnings, trivial_numeric_casts, trivial_casts)]

use measurand::unit::{Bytes, Ratio, Seconds};
use measurand::{Histogram, Metrics};

const MIB: u64 = 1 << 20;
const COUNT: usize = 3;
const SHIFT: u32 = 40;
const SMALL: i32 = -7;
const FLOAT: f64 = 0.5;

const fn twice(number: u64) -> u64 {
    2 * number
}

#[derive(Metrics)]
#[metrics(namespace = "large", global = LARGE)]
struct Large {
    /// Literals.
    #[metric(buckets = [1, 3_000_000_000, 0x1_0000_0000, 1e10, 18_446_744_073_709_551_615])]
    literal_bytes: Histogram<Bytes>,
    /// Products and shifts of literals.
    #[metric(buckets = [4096 * 1_000_000, 1 << 40, (1 << 40) + 1, 5 * (1 << 40), 2_u64.pow(50), u64::MAX])]
    product_bytes: Histogram<Bytes>,
    /// Constants.
    #[metric(buckets = [COUNT, MIB, 4096 * MIB, twice(4096 * MIB), 1 << SHIFT, 3 * MIB * MIB, u64::MAX])]
    constant_bytes: Histogram<Bytes>,
    /// Blocks and casts.
    #[metric(buckets = [{ 5_000_000_000 }, 6_000_000_000 as f64, (7_000_000_000 as u64) + 1, 8e9 as u64 as f64])]
    cast_bytes: Histogram<Bytes>,
    /// Progressions.
    #[metric(buckets = linear(3_000_000_000, 4096 * 1_000_000, 3))]
    linear_bytes: Histogram<Bytes>,
    /// Progressions of constants.
    #[metric(buckets = exponential(MIB, 1 << 10, COUNT))]
    exponential_bytes: Histogram<Bytes>,
    /// Progressions up to the end.
    #[metric(buckets = exponential_range(1 << 32, 1 << 62, 4))]
    range_bytes: Histogram<Bytes>,
    /// Negative ones.
    #[metric(buckets = [-3_000_000_000, SMALL, -2 * 3, -FLOAT, FLOAT, 7 / 2, 1_f32])]
    #[cfg(any())]
    unsorted: Histogram<Ratio>,
    /// Negative ones.
    #[metric(buckets = [-3_000_000_000, SMALL, -2 * 3, -FLOAT, FLOAT, 1_f32, 7 / 2])]
    negative_ratio: Histogram<Ratio>,
    /// Durations.
    #[metric(buckets = [FLOAT, 1, 60 * 60, 4_000_000_000])]
    waited_seconds: Histogram<Seconds>,
}

fn main() {
    LARGE.product_bytes.observe(1 << 41);
    let mut text = String::new();
    measurand::encode_text(&mut text);
    for line in [
        "literal_bytes_bucket{le=\"3000000000\"} 0",
        "literal_bytes_bucket{le=\"4294967296\"} 0",
        "product_bytes_bucket{le=\"4096000000\"} 0",
        "product_bytes_bucket{le=\"1099511627777\"} 0",
        "product_bytes_bucket{le=\"5497558138880\"} 1",
        "constant_bytes_bucket{le=\"1099511627776\"} 0",
        "constant_bytes_bucket{le=\"4294967296\"} 0",
        "cast_bytes_bucket{le=\"5000000000\"} 0",
        "cast_bytes_bucket{le=\"7000000001\"} 0",
        "linear_bytes_bucket{le=\"11192000000\"} 0",
        "exponential_bytes_bucket{le=\"1099511627776\"} 0",
        "negative_ratio_bucket{le=\"-3000000000\"} 0",
        "negative_ratio_bucket{le=\"-6\"} 0",
        "negative_ratio_bucket{le=\"3\"} 0",
        "waited_seconds_bucket{le=\"3600\"} 0",
    ] {
        assert!(text.contains(&format!("large_{line}\n")), "{line}\nis not in\n{text}");
    }
}
