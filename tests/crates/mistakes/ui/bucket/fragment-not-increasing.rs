use measurand::unit::Bytes;
use measurand::{Histogram, Metrics};

macro_rules! sizes {
    ($name:ident, $ty:ty, $($bound:expr),*) => {
        #[derive(Metrics)]
        #[metrics(namespace = "shop")]
        struct $name {
            /// Size of an order.
            #[metric(buckets = [$($bound),*])]
            cart_size_bytes: $ty,
        }
    };
}

sizes!(ShopMetrics, Histogram<Bytes>, 1 + 2, 2);

fn main() {}
