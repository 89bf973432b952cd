//! The series of requests are found once and kept: what counts in them shows no less than where each is looked up.

use std::thread;
use std::time::Duration;

use allocation_counter::measure;
use measurand::metric::FamilyMetric;
use measurand::registry::Registered;
use measurand::requests::{RequestMetrics, RequestOptions};
use measurand::runtime::{DynamicFamily, FamilyOptions};
use measurand::unit::{Bytes, Seconds};
use measurand::{Counter, Gauge, Histogram, Registry, WithExemplars, testing};
use measurand_tests::{PATIENCE, sample, samples, until};

type Times = WithExemplars<Histogram<Seconds>>;

const TIMES: [f64; 2] = [1.0, 10.0];
const SIZES: [f64; 7] = [100.0, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8];
const ENDED: [&str; 4] = ["server", "method", "route", "status"];

/// Each family, and the sample that counts its requests.
const FAMILIES: [&str; 5] = [
    "requests_total",
    "request_duration_seconds_count",
    "time_to_first_byte_seconds_count",
    "request_body_size_bytes_count",
    "response_body_size_bytes_count",
];

fn options() -> RequestOptions {
    RequestOptions::new().buckets(TIMES)
}

/// A family that is there before the metrics of requests are, which then count in it.
fn family<M: FamilyMetric>(
    registry: &Registry,
    options: FamilyOptions,
    labels: &[&str],
) -> Registered<DynamicFamily<M>> {
    options.max_series(1_000).register_dynamic(registry, labels).unwrap()
}

fn requests_total() -> FamilyOptions {
    FamilyOptions::new("http_server_requests_total", "Requests that have ended, by how they ended.")
}

const COUNTED: [&str; 5] = ["server", "method", "route", "status", "outcome"];

fn answer(requests: &RequestMetrics, route: &str) {
    let mut request = requests.start("GET", &[]);
    request.route(route.to_owned());
    request.answer(200);
    request.finish();
}

/// What each of the families has counted of a route.
fn counted(page: &str, route: &str) -> [f64; 5] {
    FAMILIES.map(|family| {
        let outcome = if family == FAMILIES[0] { ",outcome=\"ok\"" } else { "" };
        let labels = format!("{{method=\"GET\",route=\"{route}\",status=\"2xx\"{outcome}}}");
        let name = format!("http_server_{family}{labels}");
        if page.contains(&format!("{name} ")) { sample(page, &name) } else { 0.0 }
    })
}

/// The page without what tells how long something took.
fn without_times(registry: &Registry) -> String {
    let page = registry.to_text();
    let is_time = |line: &&str| line.contains("seconds_sum") || line.contains("seconds_bucket");
    page.lines().filter(|line| !is_time(line)).collect::<Vec<_>>().join("\n")
}

/// Requests that differ in what there is to differ in, each as often as `times`.
fn all_kinds(times: usize, mut requests: impl FnMut() -> RequestMetrics) {
    for method in ["GET", "POST", "BREW"] {
        for route in [None, Some("/ab"), Some("/a"), Some("")] {
            for status in [None, Some(200), Some(201), Some(299), Some(404), Some(520)] {
                for own in [&[][..], &["b"], &["b", "c"], &["bc"], &["", "bc"], &["b", "c", "d"]] {
                    for end in 0..3 {
                        for _ in 0..times {
                            let mut request = requests().start(method, own);
                            if let Some(route) = route {
                                request.route(route);
                            }
                            request.add_request_bytes(end);
                            status.into_iter().for_each(|status| request.answer(status));
                            request.add_response_bytes(1_000);
                            match end {
                                0 => request.finish(),
                                1 => request.fail(),
                                _ => drop(request),
                            }
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn a_kept_series_is_the_one_that_is_looked_up() {
    for options in [options(), options().status_codes(), options().server("api").max_series(50)] {
        let options = options.label("one").label("two");
        // Whoever registers has not found anything yet.
        let (kept, looked_up) = (Registry::new(), Registry::new());
        let requests = options.register(&kept).unwrap();
        let _first = options.register(&looked_up).unwrap();
        all_kinds(3, || requests.clone());
        all_kinds(3, || options.register(&looked_up).unwrap());
        let page = without_times(&kept);
        assert!(page.contains("one=\"b\",two=\"c\""), "{page}");
        assert_eq!(page, without_times(&looked_up));
    }
}

#[test]
fn a_request_like_one_before_allocates_nothing() {
    let requests = options().register(&Registry::new()).unwrap();
    let request = || {
        let mut request = requests.start("GET", &[]);
        request.route("/orders/{id}");
        request.answer(200);
        request.add_response_bytes(512);
        request.finish();
    };
    assert!(measure(request).count_total > 0, "the first one makes its series");
    assert_eq!(measure(request).count_total, 0);
}

/// Removes the series of a route in one family, and sees that just this family starts anew, and that nothing is lost
/// from then on.
fn starts_anew<M: FamilyMetric>(index: usize, options: FamilyOptions, labels: &[&str]) {
    let registry = Registry::new();
    let family = family::<M>(&registry, options, labels);
    let requests = self::options().register(&registry).unwrap();
    let values: Vec<_> = ["", "GET", "/a", "2xx", "ok"].into_iter().take(labels.len()).collect();
    let mut expected = [0.0; 5];
    for round in 1..=3 {
        for _ in 0..round {
            answer(&requests, "/a");
            answer(&requests, "/b");
        }
        expected = expected.map(|count| count + f64::from(round));
        assert_eq!(counted(&registry.to_text(), "/a"), expected, "{}", FAMILIES[index]);
        assert!(family.remove(&values).unwrap());
        expected[index] = 0.0;
        assert_eq!(counted(&registry.to_text(), "/a"), expected, "{}", FAMILIES[index]);
    }
    assert_eq!(counted(&registry.to_text(), "/b"), [6.0; 5]);
}

#[test]
fn a_series_that_was_removed_starts_anew_at_the_next_request() {
    let of = |name: &str, help: &str| FamilyOptions::new(format!("http_server_{name}"), help);
    starts_anew::<Counter>(0, requests_total(), &COUNTED);
    let duration = of("request_duration_seconds", "Time until the answer was sent.");
    starts_anew::<Times>(1, duration.buckets(TIMES), &ENDED);
    let first_byte = of("time_to_first_byte_seconds", "Time until the answer began.");
    starts_anew::<Times>(2, first_byte.buckets(TIMES), &ENDED);
    let received = of("request_body_size_bytes", "Size of the bodies of requests.");
    starts_anew::<Histogram<Bytes>>(3, received.buckets(SIZES), &ENDED);
    let sent = of("response_body_size_bytes", "Size of the bodies of answers.");
    starts_anew::<Histogram<Bytes>>(4, sent.buckets(SIZES), &ENDED);
}

#[test]
fn a_gauge_that_was_removed_counts_again() {
    let registry = Registry::new();
    let options =
        FamilyOptions::new("http_server_active_requests", "Requests that have not ended yet.");
    let active = family::<Gauge>(&registry, options, &["server", "method"]);
    let requests = self::options().register(&registry).unwrap();
    let name = "http_server_active_requests{method=\"GET\"}";
    for _ in 0..2 {
        let running = [requests.start("GET", &[]), requests.start("GET", &[])];
        assert_eq!(sample(&registry.to_text(), name), 2.0);
        drop(running);
        assert_eq!(sample(&registry.to_text(), name), 0.0);
        assert!(active.remove(&["", "GET"]).unwrap());
        assert_eq!(samples(&registry.to_text(), name).len(), 0);
    }
}

#[test]
fn what_there_is_no_room_for_is_counted_as_such_each_time() {
    let registry = Registry::new();
    let family = requests_total().max_series(2);
    let family = family.register_dynamic::<Counter>(&registry, &COUNTED).unwrap();
    let requests = options().register(&registry).unwrap();
    let answer_all = || {
        for route in ["/a", "/b", "/c", "/d"] {
            (0..3).for_each(|_| answer(&requests, route));
        }
    };
    answer_all();
    let page = registry.to_text();
    let other = COUNTED.map(|label| format!("{label}=\"__other__\"")).join(",");
    let other = format!("http_server_requests_total{{{other}}}");
    assert_eq!(sample(&page, &other), 6.0);
    let overflow = "measurand_overflow_updates_total{family=\"http_server_requests_total\"}";
    assert_eq!(sample(&page, overflow), 6.0);
    // The other families have room.
    assert_eq!(counted(&page, "/c"), [0.0, 3.0, 3.0, 3.0, 3.0]);

    // So is what comes to another service, which has not kept any.
    let others = options().server("other").register(&registry).unwrap();
    (0..3).for_each(|_| answer(&others, "/a"));
    let page = registry.to_text();
    assert_eq!(sample(&page, &other), 9.0);
    assert_eq!(sample(&page, overflow), 9.0);

    // Who goes makes room for one more, though it was kept.
    assert!(family.remove(&["", "GET", "/a", "2xx", "ok"]).unwrap());
    (0..3).for_each(|_| answer(&requests, "/c"));
    answer_all();
    let page = registry.to_text();
    assert_eq!(counted(&page, "/c")[0], 6.0);
    assert_eq!(counted(&page, "/b")[0], 6.0);
    assert_eq!(sample(&page, &other), 15.0);
    assert_eq!(sample(&page, overflow), 15.0);
}

#[test]
fn series_that_come_and_go_are_found_in_the_same_way() {
    let registry = Registry::new();
    let family = requests_total().max_series(3);
    let family = family.register_dynamic::<Counter>(&registry, &COUNTED).unwrap();
    let requests = options().register(&registry).unwrap();
    // Far more than are ever there at once.
    for index in 0..100 {
        let route = format!("/{index}");
        (0..3).for_each(|_| answer(&requests, &route));
        assert_eq!(counted(&registry.to_text(), &route), [3.0; 5]);
        let answer_again = || {
            let mut request = requests.start("GET", &[]);
            request.route(route.clone());
            request.answer(200);
            request.finish();
        };
        // The route alone.
        assert_eq!(measure(answer_again).count_total, 1, "{index}");
        assert!(family.remove(&["", "GET", &route, "2xx", "ok"]).unwrap());
    }
    assert!(!registry.to_text().contains("measurand_overflow_updates_total{"));
}

#[test]
fn a_series_expires_although_requests_were_counted_in_it() {
    const AFTER: Duration = Duration::from_millis(50);
    let registry = Registry::new();
    let family = family::<Counter>(&registry, requests_total().expire_after(AFTER), &COUNTED);
    let requests = options().register(&registry).unwrap();
    (0..3).for_each(|_| answer(&requests, "/a"));
    until("the series to leave", || (counted(&registry.to_text(), "/a")[0] == 0.0).then_some(()));
    (0..2).for_each(|_| answer(&requests, "/a"));
    let mut seen = 0;
    family.remove_where(|labels| {
        seen += usize::from(labels.get("route") == Some("/a"));
        false
    });
    assert_eq!(seen, 1);
    assert_eq!(counted(&registry.to_text(), "/a")[1], 5.0);
}

#[test]
fn an_isolation_has_series_of_its_own() {
    let registry = Registry::new();
    let requests = options().register(&registry).unwrap();
    let active = "http_server_active_requests{method=\"GET\"}";
    (0..2).for_each(|_| answer(&requests, "/a"));
    testing::isolated(|| {
        (0..5).for_each(|_| answer(&requests, "/a"));
        (0..5).for_each(|_| answer(&requests, "/b"));
        let _running = requests.start("GET", &[]);
        let page = registry.to_text();
        assert_eq!(counted(&page, "/a"), [5.0; 5]);
        assert_eq!(counted(&page, "/b"), [5.0; 5]);
        assert_eq!(sample(&page, active), 1.0);
    });
    (0..2).for_each(|_| answer(&requests, "/b"));
    let page = registry.to_text();
    assert_eq!(counted(&page, "/a"), [2.0; 5]);
    assert_eq!(counted(&page, "/b"), [2.0; 5]);
    assert_eq!(sample(&page, active), 0.0);
}

#[test]
fn threads_that_find_the_same_series_lose_nothing() {
    const THREADS: usize = 8;
    const ROUNDS: usize = 500;
    const ROUTES: usize = 20;
    let registry = Registry::new();
    let requests = options().max_series(ROUTES / 2).register(&registry).unwrap();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            let requests = requests.clone();
            scope.spawn(move || {
                for round in 0..ROUNDS * ROUTES {
                    answer(&requests, &format!("/{}", round % ROUTES));
                }
            });
        }
    });
    let page = registry.to_text();
    let all = (THREADS * ROUNDS * ROUTES) as f64;
    for family in FAMILIES {
        let lines = samples(&page, &format!("http_server_{family}{{"));
        let values = lines.iter().map(|line| line.rsplit_once(' ').unwrap().1);
        let values: Vec<f64> = values.map(|value| value.parse().unwrap()).collect();
        assert_eq!(values.len(), ROUTES / 2 + 1, "{family}");
        assert_eq!(values.iter().sum::<f64>(), all, "{family}");
    }
    assert_eq!(sample(&page, "http_server_active_requests{method=\"GET\"}"), 0.0);
}

#[test]
fn requests_are_counted_while_series_are_removed() {
    let registry = Registry::new();
    let family = family::<Counter>(&registry, requests_total(), &COUNTED);
    let requests = options().register(&registry).unwrap();
    let deadline = std::time::Instant::now() + PATIENCE;
    thread::scope(|scope| {
        let counting = [(); 4].map(|()| {
            let requests = requests.clone();
            scope.spawn(move || (0..20_000).for_each(|_| answer(&requests, "/a")))
        });
        while counting.iter().any(|thread| !thread.is_finished()) {
            assert!(std::time::Instant::now() < deadline, "requests wait for each other");
            family.clear();
        }
    });
    // What was removed on the way is gone; nothing is from here on.
    family.clear();
    (0..3).for_each(|_| answer(&requests, "/a"));
    let page = registry.to_text();
    assert_eq!(counted(&page, "/a"), [3.0, 80_003.0, 80_003.0, 80_003.0, 80_003.0]);
}
