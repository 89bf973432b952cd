use measurand::{Calls, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics {
    /// Orders.
    orders: Calls,
}

async fn order() {
    METRICS.orders.run(|| async { Ok::<u8, u8>(12) }).await.unwrap();
}

fn main() {
    let _ = order();
}
