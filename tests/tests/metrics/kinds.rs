//! Kinds of metrics: each alone, in closed and open families, in instances, and made at run time.

use measurand::calls::NoLabels;
use measurand::runtime::FamilyOptions;
use measurand::unit::{Bytes, Seconds};
use measurand::{
    Counter, Family, Gauge, Info, LabelSet, LabelValue, Metrics, Read, Registry, StateSet, Unknown,
};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

#[derive(LabelValue, Clone, Copy, Debug, PartialEq)]
enum Role {
    Follower,
    Candidate,
    Leader,
}

#[derive(LabelValue, Clone, Copy)]
enum Shard {
    A,
    B,
}

#[derive(LabelSet)]
struct Peer<'a> {
    peer: &'a str,
}

#[derive(LabelSet)]
struct Server<'a> {
    version: &'a str,
    shard: Shard,
}

fn queue_length() -> u64 {
    7
}

static SENT: AtomicU64 = AtomicU64::new(0);

/// One of each.
#[derive(Metrics)]
#[metrics(namespace = "kinds", instance)]
struct Kinds {
    /// What this node is.
    role: StateSet<Role>,
    /// Whether it is there.
    present: StateSet<bool>,
    /// What the nodes of a shard are.
    shard_role: Family<Shard, StateSet<Role>>,
    /// What the peers are.
    #[metric(max_series = 10)]
    peer_role: Family<Peer<'static>, StateSet<Role>>,
    /// A register.
    register_bytes: Unknown<Bytes>,
    /// Registers of peers.
    #[metric(max_series = 10)]
    peer_register: Family<Peer<'static>, Unknown>,
    /// The server.
    server_info: Info<Server<'static>>,
    /// Who it is.
    shard_info: Info<Shard>,
    /// That it is.
    node_info: Info<NoLabels>,
    /// Jobs that wait.
    #[metric(read = queue_length)]
    waiting_jobs: Read<Gauge>,
    /// Bytes sent.
    #[metric(read = || SENT.load(Ordering::Relaxed))]
    sent_bytes_total: Read<Counter<Bytes>>,
    /// Time spent.
    #[metric(read = || Duration::from_millis(1_500))]
    spent_seconds_total: Read<Counter<Seconds>>,
    /// What a sensor says.
    #[metric(read = || -1.5_f32)]
    sensor: Read<Unknown>,
}

fn page(registry: &Registry) -> String {
    let mut page = String::new();
    registry.encode_text(&mut page);
    let is_sample = |line: &&str| !line.starts_with('#');
    page.lines().filter(is_sample).map(|line| format!("{line}\n")).collect()
}

#[test]
fn an_instance_shows_what_each_kind_has_before_anything_happens() {
    let registry = Registry::new();
    let _kinds = Kinds::register(&registry).unwrap();
    let expected = "\
kinds_node_info 1
kinds_present{kinds_present=\"false\"} 0
kinds_present{kinds_present=\"true\"} 0
kinds_register_bytes 0
kinds_role{kinds_role=\"candidate\"} 0
kinds_role{kinds_role=\"follower\"} 0
kinds_role{kinds_role=\"leader\"} 0
kinds_sensor -1.5
kinds_sent_bytes_total 0
kinds_shard_role{shard=\"a\",kinds_shard_role=\"candidate\"} 0
kinds_shard_role{shard=\"a\",kinds_shard_role=\"follower\"} 0
kinds_shard_role{shard=\"a\",kinds_shard_role=\"leader\"} 0
kinds_shard_role{shard=\"b\",kinds_shard_role=\"candidate\"} 0
kinds_shard_role{shard=\"b\",kinds_shard_role=\"follower\"} 0
kinds_shard_role{shard=\"b\",kinds_shard_role=\"leader\"} 0
kinds_spent_seconds_total 1.5
kinds_waiting_jobs 7
";
    assert_eq!(page(&registry), expected);
}

#[test]
fn a_state_set_shows_a_series_for_each_state_wherever_it_is() {
    let registry = Registry::new();
    let kinds = Kinds::register(&registry).unwrap();
    kinds.role.set(Role::Candidate);
    kinds.role.set(Role::Leader);
    kinds.present.set(true);
    kinds.shard_role.with(Shard::B).enable(Role::Follower);
    kinds.shard_role.with(Shard::B).enable(Role::Leader);
    kinds.shard_role.with(Shard::B).disable(Role::Follower);
    let kept = kinds.peer_role.with(Peer { peer: "x" }).keep();
    kept.set(Role::Follower);
    assert!(kept.is_set(Role::Follower) && !kept.is_set(Role::Leader));
    let page_of_all = page(&registry);
    let ones: Vec<_> = page_of_all.lines().filter(|line| line.contains("role")).collect();
    let ones: Vec<_> = ones.into_iter().filter(|line| line.ends_with(" 1")).collect();
    assert_eq!(
        ones,
        [
            "kinds_peer_role{peer=\"x\",kinds_peer_role=\"follower\"} 1",
            "kinds_role{kinds_role=\"leader\"} 1",
            "kinds_shard_role{shard=\"b\",kinds_shard_role=\"leader\"} 1",
        ]
    );
    let zeros = "kinds_peer_role{peer=\"x\",kinds_peer_role=\"candidate\"} 0\n";
    assert!(page_of_all.contains(zeros), "{page_of_all}");

    // All rows of a series leave together.
    assert!(kinds.peer_role.remove(Peer { peer: "x" }));
    assert!(!page(&registry).contains("kinds_peer_role"));
    kinds.peer_role.with(Peer { peer: "y" }).set(Role::Leader);
    assert_eq!(kinds.peer_role.remove_where(|labels| labels.get("peer") == Some("y")), 1);
    assert!(!page(&registry).contains("kinds_peer_role"));
    assert_eq!(kinds.shard_role.remove_where(|labels| labels.get("shard") == Some("b")), 1);
    assert!(
        !page(&registry).contains("kinds_shard_role{shard=\"b\",kinds_shard_role=\"leader\"} 1")
    );
}

#[test]
fn a_scrape_sees_the_states_of_one_moment() {
    let registry = Registry::new();
    let kinds = Kinds::register(&registry).unwrap();
    let is_done = std::sync::atomic::AtomicBool::new(false);
    kinds.role.set(Role::Leader);
    kinds.shard_role.with(Shard::A).set(Role::Leader);
    kinds.peer_role.with(Peer { peer: "x" }).set(Role::Leader);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let roles = [Role::Follower, Role::Candidate, Role::Leader];
            for role in roles.into_iter().cycle() {
                kinds.role.set(role);
                kinds.shard_role.with(Shard::A).set(role);
                kinds.peer_role.with(Peer { peer: "x" }).set(role);
                if is_done.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        let scrapers = [(); 6].map(|()| {
            scope.spawn(|| {
                for _ in 0..1_000 {
                    let page = page(&registry);
                    for set in ["kinds_role{", "kinds_shard_role{shard=\"a\"", "kinds_peer_role{"] {
                        let holds = |line: &&str| line.starts_with(set) && line.ends_with(" 1");
                        assert_eq!(page.lines().filter(holds).count(), 1, "{page}");
                    }
                }
            })
        });
        let scraped = scrapers.map(|scraper| scraper.join());
        is_done.store(true, Ordering::Relaxed);
        scraped.into_iter().for_each(|scraped| scraped.unwrap());
    });
}

#[test]
fn an_info_shows_the_labels_that_were_set_last() {
    let registry = Registry::new();
    let kinds = Kinds::register(&registry).unwrap();
    kinds.server_info.set(Server { version: "1", shard: Shard::A });
    kinds.server_info.set(Server { version: "2", shard: Shard::B });
    kinds.shard_info.set(Shard::A);
    kinds.shard_info.set(Shard::B);
    let infos = |page: String| -> Vec<String> {
        page.lines().filter(|line| line.contains("_info")).map(str::to_owned).collect()
    };
    let expected = [
        "kinds_node_info 1",
        "kinds_server_info{version=\"2\",shard=\"b\"} 1",
        "kinds_shard_info{shard=\"b\"} 1",
    ];
    assert_eq!(infos(page(&registry)), expected);
    // The same once more is no change, and what was there before may come again.
    kinds.server_info.set(Server { version: "2", shard: Shard::B });
    assert_eq!(infos(page(&registry)), expected);
    kinds.server_info.set(Server { version: "1", shard: Shard::A });
    assert!(kinds.server_info.is_set(Server { version: "1", shard: Shard::A }));
    assert!(!kinds.server_info.is_set(Server { version: "2", shard: Shard::B }));
    assert_eq!(infos(page(&registry))[1], "kinds_server_info{version=\"1\",shard=\"a\"} 1");
    kinds.server_info.clear();
    assert_eq!(infos(page(&registry)).len(), 2);
}

#[test]
fn threads_that_set_an_info_leave_one() {
    let registry = Registry::new();
    let kinds = Kinds::register(&registry).unwrap();
    std::thread::scope(|scope| {
        for version in ["1", "2", "3", "4"] {
            let kinds = &kinds;
            scope.spawn(move || {
                for _ in 0..200 {
                    kinds.server_info.set(Server { version, shard: Shard::A });
                    kinds.shard_info.set(if version == "1" { Shard::A } else { Shard::B });
                }
            });
        }
        for _ in 0..50 {
            let page = page(&registry);
            let shown = page.lines().filter(|line| line.starts_with("kinds_server_info")).count();
            assert!(shown <= 1, "{page}");
        }
    });
    let page = page(&registry);
    for family in ["kinds_server_info", "kinds_shard_info"] {
        let shown = page.lines().filter(|line| line.starts_with(family)).count();
        assert_eq!(shown, 1, "{page}");
    }
}

#[test]
fn unknown_values_stand_as_untyped() {
    let registry = Registry::new();
    let kinds = Kinds::register(&registry).unwrap();
    kinds.register_bytes.set(4_096);
    kinds.peer_register.with(Peer { peer: "x" }).set(-0.5);
    let mut text = String::new();
    registry.encode_text(&mut text);
    assert!(text.contains("# TYPE kinds_register_bytes untyped\nkinds_register_bytes 4096\n"));
    assert!(text.contains("kinds_peer_register{peer=\"x\"} -0.5\n"));
}

#[test]
fn what_is_read_shows_what_the_function_gives_at_that_time() {
    let registry = Registry::new();
    let kinds = Kinds::register(&registry).unwrap();
    SENT.store(u64::MAX, Ordering::Relaxed);
    assert_eq!(kinds.sent_bytes_total.get(), u64::MAX);
    assert!(page(&registry).contains("kinds_sent_bytes_total 18446744073709551615\n"));
    SENT.store(0, Ordering::Relaxed);
    assert_eq!((kinds.waiting_jobs.get(), kinds.sensor.get()), (7.0, -1.5));
    assert_eq!(kinds.spent_seconds_total.get(), Duration::from_millis(1_500));
}

#[test]
fn a_function_that_panics_or_gives_no_amount_leaves_the_last_value() {
    let registry = Registry::new();
    let round = std::sync::Arc::new(AtomicU64::new(0));
    let at = round.clone();
    let _gauge = FamilyOptions::new("app_level", "Level.")
        .register_read::<Gauge, _>(&registry, move || match at.load(Ordering::Relaxed) {
            0 => panic!("not yet"),
            round => round as f64,
        })
        .unwrap();
    let at = round.clone();
    let _counter = FamilyOptions::new("app_energy_joules", "Energy used.")
        .register_read::<Counter<measurand::unit::Joules>, _>(&registry, move || {
            match at.load(Ordering::Relaxed) {
                0 => -1.0,
                1 => 0.25,
                _ => f64::NAN,
            }
        })
        .unwrap();
    assert!(page(&registry).starts_with("app_energy_joules_total 0\napp_level 0\n"));
    round.store(1, Ordering::Relaxed);
    assert!(page(&registry).starts_with("app_energy_joules_total 0.25\napp_level 1\n"));
    round.store(2, Ordering::Relaxed);
    assert!(page(&registry).starts_with("app_energy_joules_total 0.25\napp_level 2\n"));
    round.store(0, Ordering::Relaxed);
    let page = page(&registry);
    assert!(page.starts_with("app_energy_joules_total 0.25\napp_level 2\n"), "{page}");
    let rejected = "measurand_rejected_values_total{family=\"app_level\"} ";
    assert!(page.contains(rejected), "{page}");
}

#[test]
fn kinds_are_made_at_run_time() {
    let registry = Registry::new();
    let role = FamilyOptions::new("made_role", "What it is.")
        .max_series(5)
        .register::<StateSet<Role>, 1>(&registry, ["node"])
        .unwrap();
    role.with(["a"]).set(Role::Leader);
    let alone = FamilyOptions::new("made_state", "What it is.")
        .register_unlabelled::<StateSet<bool>>(&registry)
        .unwrap();
    alone.set(true);
    let odd = FamilyOptions::new("made_odd", "Who knows.")
        .max_series(5)
        .register_dynamic::<Unknown>(&registry, &["x", "y"])
        .unwrap();
    odd.try_with(&["1", "2"]).unwrap().set(3.5);
    let expected = "\
made_odd{x=\"1\",y=\"2\"} 3.5
made_role{node=\"a\",made_role=\"candidate\"} 0
made_role{node=\"a\",made_role=\"follower\"} 0
made_role{node=\"a\",made_role=\"leader\"} 1
made_state{made_state=\"false\"} 0
made_state{made_state=\"true\"} 1
";
    assert_eq!(page(&registry), expected);
    assert_eq!(odd.label_names(), ["x", "y"]);
}

measurand::build_info!(namespace = "kinds", revision = "3f2a91c");
measurand::build_info!();

#[test]
fn a_build_shows_its_package_and_version() {
    let page = page(Registry::global());
    let build = format!("package=\"measurand-tests\",version=\"{}\"", env!("CARGO_PKG_VERSION"));
    for line in [
        format!("build_info{{{build}}} 1"),
        format!("kinds_build_info{{{build},revision=\"3f2a91c\"}} 1"),
    ] {
        assert!(page.lines().any(|other| other == line), "{page}");
    }
}
