//! Families in every form that they can be written in.

#![forbid(unsafe_code)]
#![deny(warnings)]

use measurand as kit;
use measurand::family::{Kept, Labels, Method, StatusClass};
use measurand::metric::{InProgressGuard, Timer};
use measurand::unit::{Bytes, Seconds};
use measurand::{
    Counter, Family, Gauge, Histogram, InProgress, LabelSet, LabelValue, Metrics, Registry, Series,
};

#[derive(LabelValue, Clone, Copy)]
enum Tender {
    Cash,
    Card,
}

#[derive(LabelValue)]
struct Tenant<'a>(&'a str);

#[derive(LabelSet)]
struct OrderLabels<'a> {
    tender: Tender,
    tenant: &'a str,
    shard: u16,
}

#[derive(LabelValue)]
#[label(crate = kit)]
enum Le {
    Low,
    High,
}

#[derive(LabelSet)]
#[label(crate = kit)]
struct QuantileLabels {
    quantile: bool,
    #[label(flatten)]
    pair: (Method, StatusClass),
}

type Requests = Family<(Method, StatusClass), Counter>;
type Orders<M> = Family<OrderLabels<'static>, M>;

const LIMIT: usize = 100;
const SMALL: u16 = 7;

const fn limit(tenants: usize) -> usize {
    tenants * 2
}

#[derive(Metrics)]
#[metrics(group)]
struct CacheMetrics {
    /// Look-ups that found something.
    hits_total: Family<Tender, Counter>,
    /// Look-ups that did not.
    #[metric(max_series = LIMIT)]
    misses_total: Family<Tenant<'static>, Counter>,
}

#[derive(Metrics)]
#[metrics(namespace = "shop", global = SHOP, const_labels(version = "1"))]
struct ShopMetrics {
    /// Requests answered.
    requests_total: Requests,
    /// Orders placed.
    #[metric(max_series = LIMIT * 5)]
    orders_total: Orders<Counter>,
    /// Bytes of orders.
    #[metric(max_series = limit(50))]
    order_size_bytes_total: Orders<Counter<Bytes>>,
    /// Time to place an order.
    #[metric(max_series = SMALL as usize, buckets = [0.1, 1])]
    order_duration_seconds: kit::Family<OrderLabels<'static>, kit::Histogram<Seconds>>,
    /// Size of the till.
    #[metric(max_series = 2, zeros)]
    till_bytes: Family<Tender, Gauge<Bytes>>,
    /// Customers being served.
    #[metric(zeros)]
    in_progress: Family<(Tender,), InProgress>,
    /// Calls being answered.
    #[metric(max_series = 3)]
    calls_in_progress: Family<Tenant<'static>, InProgress>,
    /// A label of summaries.
    quantile_seconds: Family<QuantileLabels, Histogram<Seconds>>,
    /// A label of histograms.
    levels: Family<Le, Gauge>,
    /// Nested tuples.
    nested_total: Family<(Tender, (Method, Le)), Counter>,
    #[metric(flatten(prefix = "price"))]
    prices: CacheMetrics,
    #[metric(flatten(prefix = "stock"))]
    stock: CacheMetrics,
}

#[derive(Metrics)]
#[metrics(namespace = "pool", instance(pool: &str), crate = kit)]
struct PoolMetrics {
    /// Connections made.
    connections_total: Family<Tender, Counter>,
    /// Queries.
    #[metric(max_series = 10)]
    queries_total: Family<Tenant<'static>, Counter>,
    #[metric(flatten)]
    cache: CacheMetrics,
}

/// Any series of counters.
fn twice(series: &Series<Counter>) {
    series.inc();
    series.inc_by(1);
}

/// Any family of counters.
fn count<L: LabelSet>(family: &Family<L, Counter>, labels: L::With<'_>) {
    family.with(labels).inc();
}

struct Connection {
    queries: Series<Counter>,
    waits: Series<Histogram<Seconds>>,
}

type Guard<'a> = InProgressGuard<'a, Kept<'a, InProgress>>;
type Waiting<'a> = Timer<'a, Kept<'a, Histogram<Seconds>>>;

/// What is kept or guarded has nothing of the labels any more.
fn connect(name: &str) -> (Connection, Guard<'static>, Waiting<'static>) {
    let labels = || OrderLabels { tender: Tender::Cash, tenant: name, shard: 1 };
    let queries = SHOP.orders_total.with(labels()).keep();
    let waits = SHOP.order_duration_seconds.with(labels()).keep();
    let timer = SHOP.order_duration_seconds.with(labels()).start_timer();
    (Connection { queries, waits }, SHOP.calls_in_progress.with(Tenant(name)).start(), timer)
}

fn is_of(labels: &Labels<'_>, tenant: &str) -> bool {
    labels.get("tenant") == Some(tenant)
}

fn main() {
    let name = String::from("acme");
    let labels = |shard| OrderLabels { tender: Tender::Card, tenant: &name, shard };
    twice(&SHOP.orders_total.with(labels(1)).keep());
    count(&SHOP.orders_total, labels(1));
    count(&SHOP.requests_total, (Method::Get, StatusClass::from_code(200)));
    assert_eq!(SHOP.orders_total.with(labels(1)).get(), 3);
    let (connection, guard, timer) = connect(&String::from("acme"));
    connection.queries.inc();
    connection.queries.clone().inc_by(1);
    connection.waits.time(|| ());
    timer.discard();
    drop(guard);

    SHOP.order_size_bytes_total.with(labels(2)).inc_by(64);
    SHOP.till_bytes.with(Tender::Cash).set(7);
    SHOP.levels.with(Le::Low).inc();
    SHOP.levels.with(Le::High).dec();
    SHOP.nested_total.with((Tender::Cash, (Method::Put, Le::Low))).inc();
    let pair = (Method::Get, StatusClass::Success);
    let timer = SHOP.quantile_seconds.with(QuantileLabels { quantile: true, pair }).start_timer();
    timer.observe();
    let guard = SHOP.in_progress.with((Tender::Cash,)).start();
    assert_eq!(SHOP.in_progress.with((Tender::Cash,)).get(), 1);
    drop(guard);
    SHOP.prices.hits_total.with(Tender::Cash).inc();
    SHOP.stock.misses_total.with(Tenant(&name)).inc();

    let registry = Registry::new();
    let pool = PoolMetrics::register(&registry, "orders").unwrap();
    pool.connections_total.with(Tender::Cash).inc();
    pool.queries_total.with(Tenant(&name)).inc();
    pool.cache.hits_total.with(Tender::Card).inc();
    let mut text = String::new();
    registry.encode_text(&mut text);
    assert!(text.contains("pool_queries_total{pool=\"orders\",tenant=\"acme\"} 1\n"), "{text}");
    assert_eq!(pool.remove_where(|labels| is_of(labels, "acme")), 1);

    let mut text = String::new();
    kit::encode_text(&mut text);
    let labels_of_orders = "tender=\"card\",tenant=\"acme\",shard=\"1\",version=\"1\"";
    let orders = format!("shop_orders_total{{{labels_of_orders}}} 3\n");
    assert!(text.contains(&orders), "{text}");
    assert!(SHOP.orders_total.remove(labels(1)));
    assert_eq!(SHOP.remove_where(|labels| is_of(labels, "acme")), 5);
    SHOP.requests_total.clear();
}
