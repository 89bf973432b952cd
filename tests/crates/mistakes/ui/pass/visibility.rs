use measurand::{Counter, Metrics};

pub mod public {
    use measurand::{Counter, Metrics};

    #[derive(Metrics)]
    #[metrics(namespace = "public", global = PUBLIC)]
    pub struct PublicMetrics {
        /// Orders placed.
        pub orders_total: Counter,
    }

    #[derive(Metrics)]
    #[metrics(namespace = "crate", global = CRATE)]
    pub(crate) struct CrateMetrics {
        /// Orders placed.
        pub(crate) orders_total: Counter,
    }

    pub mod inner {
        use measurand::{Counter, Metrics};

        #[derive(Metrics)]
        #[metrics(namespace = "super", global = SUPER)]
        pub(super) struct SuperMetrics {
            /// Orders placed.
            pub(super) orders_total: Counter,
        }

        #[derive(Metrics)]
        #[metrics(namespace = "path", global = PATH)]
        pub(in crate::public) struct PathMetrics {
            /// Orders placed.
            pub(in crate::public) orders_total: Counter,
        }
    }

    pub fn count() {
        inner::SUPER.orders_total.inc();
        inner::PATH.orders_total.inc();
    }
}

#[derive(Metrics)]
#[metrics(namespace = "private")]
struct PrivateMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {
    public::PUBLIC.orders_total.inc();
    public::CRATE.orders_total.inc();
    public::count();
    PrivateMetrics::global().orders_total.inc();
}
