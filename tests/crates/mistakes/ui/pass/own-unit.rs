use measurand::{Counter, Gauge, Histogram, Metrics};

measurand::unit!(
    /// Printed pages.
    pub Pages = "pages",
    whole
);
measurand::unit!(Lux = "lux", fractional);
measurand::unit!(pub(crate) LightYears = "light_years", fractional);

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Pages printed.
    printed_pages_total: Counter<Pages>,
    /// Pages left.
    left_pages: Gauge<Pages>,
    /// Pages of a job.
    #[metric(buckets = exponential(1, 2, 5))]
    job_pages: Histogram<Pages>,
    /// Brightness.
    ambient_lux: Gauge<Lux>,
    /// How far.
    distance_light_years: Gauge<LightYears>,
}

fn main() {
    ShopMetrics::global().printed_pages_total.inc();
    ShopMetrics::global().printed_pages_total.inc_by(3);
    ShopMetrics::global().ambient_lux.set(1.5);
}
