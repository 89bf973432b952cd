//! Declares metrics, updates them and prints the page.
//!
//! ```sh
//! cargo run -p minimal
//! ```

use std::thread;
use std::time::Duration;

use measurand::unit::{Bytes, Seconds};
use measurand::{Counter, Family, Histogram, InProgress, LabelValue, Metrics, Registry};

/// Everything the thumbnailer reports.
#[derive(Metrics)]
#[metrics(namespace = "thumbnailer", global = METRICS)]
struct ThumbnailerMetrics {
    /// Images scaled.
    images_total: Family<Format, Counter>,
    /// Bytes of images read.
    read_bytes_total: Counter<Bytes>,
    /// Images being scaled now.
    in_progress: InProgress,
    /// Time to scale one image.
    #[metric(buckets = exponential(0.001, 4, 5))]
    scale_duration_seconds: Histogram<Seconds>,
}

/// The format of an image: the label `format`.
#[derive(Clone, Copy, LabelValue)]
enum Format {
    Jpeg,
    Png,
}

fn scale(format: Format, image: &[u8]) {
    let _in_progress = METRICS.in_progress.start();
    METRICS.read_bytes_total.inc_by(image.len() as u64);
    METRICS.scale_duration_seconds.time(|| thread::sleep(Duration::from_millis(2)));
    METRICS.images_total.with(format).inc();
}

fn main() {
    scale(Format::Jpeg, &[0; 48_213]);
    scale(Format::Png, &[0; 1_024]);
    scale(Format::Jpeg, &[0; 7_310]);
    print!("{}", Registry::global().to_text());
}
