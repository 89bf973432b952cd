use measurand::push::Pushgateway;
use measurand::{Counter, Metrics};

/// What the job has done.
#[derive(Metrics)]
#[metrics(namespace = "job", global = METRICS)]
struct JobMetrics {
    /// Files copied.
    copied_files_total: Counter,
}

fn main() {
    let gateway = Pushgateway::new("http://localhost:9091", "job").unwrap();
    let _ = gateway.only(&METRICS.copied_files_total);
}
