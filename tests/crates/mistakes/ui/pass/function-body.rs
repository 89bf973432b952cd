use measurand::{Counter, Metrics, Registry};

fn work() -> u64 {
    #[derive(Metrics)]
    #[metrics(namespace = "work", global = WORK)]
    struct WorkMetrics {
        /// Calls.
        calls_total: Counter,
    }
    WORK.calls_total.inc();
    WORK.calls_total.get()
}

fn main() {
    #[derive(Metrics)]
    #[metrics(group)]
    struct Group {
        /// Look-ups that found something.
        hits_total: Counter,
    }

    #[derive(Metrics)]
    #[metrics(namespace = "pool", instance(pool: &str))]
    struct PoolMetrics {
        #[metric(flatten)]
        group: Group,
    }

    assert_eq!(work(), 1);
    PoolMetrics::register(&Registry::new(), "a").unwrap().group.hits_total.inc();
}
