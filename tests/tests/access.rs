//! Who may see the metrics, and what is said to others.

use std::net::IpAddr;
use std::sync::Mutex;
use std::time::Duration;

use futures_util::future::join_all;
use log::{Level, Log, Metadata, Record};
use measurand::Registry;
use measurand::access::{Access, AccessError};
use measurand::actix::Server;
use measurand_tests::PATIENCE;

/// Of the password `geheim: ü`.
fn hash() -> String {
    bcrypt::hash("geheim: ü", 4).unwrap()
}

fn peer(address: &str) -> Option<IpAddr> {
    Some(address.parse().unwrap())
}

/// `Authorization: Basic` of user and password.
fn basic(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = "Basic ".to_owned();
    for chunk in text.as_bytes().chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - chunk.len()));
        for place in 0..4 {
            match place <= chunk.len() {
                true => encoded.push(LETTERS[(bits >> (18 - 6 * place) & 63) as usize].into()),
                false => encoded.push('='),
            }
        }
    }
    encoded
}

const ELSEWHERE: &str = "192.0.2.7";

#[actix_web::test]
async fn who_is_on_the_machine_is_let_in() {
    let access = Access::loopback();
    for here in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
        assert!(access.check(peer(here), "").await.is_ok(), "{here}");
    }
    for there in [ELSEWHERE, "10.0.0.1", "0.0.0.0", "2001:db8::1", "::ffff:192.0.2.7"] {
        let denied = access.check(peer(there), "Bearer x").await.unwrap_err();
        assert_eq!((denied.status, denied.headers.len()), (403, 0), "{there}");
    }
    assert!(access.check(None, "").await.is_err());
    // Without credentials nobody is let in.
    let nobody = Access::credentials().check(peer("127.0.0.1"), "").await;
    assert_eq!(nobody.unwrap_err().status, 403);
}

#[actix_web::test]
async fn credentials_let_in() {
    let access = Access::credentials().bearer("one token").unwrap().bearer("two").unwrap();
    let access = access.basic("scraper", &hash()).unwrap().basic("second", &hash()).unwrap();
    for right in [
        "Bearer one token".to_owned(),
        " bearer  two ".to_owned(),
        basic("scraper:geheim: ü"),
        basic("second:geheim: ü"),
        // It is remembered.
        basic("scraper:geheim: ü"),
    ] {
        assert!(access.check(peer(ELSEWHERE), &right).await.is_ok(), "{right}");
    }
    for wrong in [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "Bearer one".to_owned(),
        "Bearer one token more".to_owned(),
        "Basic one token".to_owned(),
        "Digest two".to_owned(),
        "two".to_owned(),
        basic("scraper:wrong"),
        basic("scraper:"),
        basic("scraper"),
        basic("nobody:geheim: ü"),
        basic(":geheim: ü"),
        "Basic !!!".to_owned(),
    ] {
        let denied = access.check(peer("127.0.0.1"), &wrong).await.unwrap_err();
        assert_eq!((denied.status, denied.body), (401, "unauthorized\n"), "{wrong}");
        let schemes: Vec<_> = denied.headers.iter().map(|(_, value)| *value).collect();
        assert_eq!(
            schemes,
            ["Bearer realm=\"metrics\"", "Basic realm=\"metrics\", charset=\"UTF-8\""]
        );
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let error = |result: Result<Access, AccessError>| result.unwrap_err();
    let access = Access::credentials;
    assert_eq!(error(access().bearer("")), AccessError::EmptyToken);
    assert_eq!(error(access().bearer("with its line\n")), AccessError::Characters);
    assert_eq!(error(access().basic("", &hash())), AccessError::User);
    assert_eq!(error(access().basic("a:b", &hash())), AccessError::User);
    let no_hash = error(access().basic("scraper", "geheim"));
    assert_eq!(no_hash, AccessError::Hash { user: "scraper".to_owned() });
    assert!(no_hash.to_string().contains("help: ") && !no_hash.to_string().contains("geheim"));
}

/// Whoever guesses has one processor at the most, and others are let in meanwhile.
#[actix_web::test]
async fn guesses_wait_for_each_other() {
    let access = Access::credentials().basic("scraper", &hash()).unwrap();
    let right = basic("scraper:geheim: ü");
    assert!(access.check(None, &right).await.is_ok());
    let guesses = (0..100).map(|index| {
        let (access, guess) = (access.clone(), basic(&format!("scraper:{index}")));
        async move { access.check(None, &guess).await.unwrap_err().status }
    });
    let known = async { access.check(None, &right).await.is_ok() };
    let (guesses, known) = futures_util::join!(join_all(guesses), known);
    assert!(known);
    let busy = guesses.iter().filter(|status| **status == 429).count();
    let wrong = guesses.iter().filter(|status| **status == 401).count();
    assert_eq!((busy, wrong), (84, 16));
    // Those whose clients have gone take no place for ever.
    for index in 0..50 {
        let guess = basic(&format!("scraper:gone-{index}"));
        let _ = tokio::time::timeout(Duration::ZERO, access.check(None, &guess)).await;
    }
    let last = basic("scraper:last");
    let last = tokio::time::timeout(PATIENCE, access.check(None, &last)).await;
    assert_eq!(last.unwrap().unwrap_err().status, 401);
}

/// Everything that was logged.
static LOGGED: Mutex<String> = Mutex::new(String::new());

struct Logger;

impl Log for Logger {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        // The client of this test says what it sends.
        if record.target().starts_with("ureq") {
            return;
        }
        let mut logged = LOGGED.lock().unwrap();
        *logged += &format!("{} {}\n", record.target(), record.args());
    }

    fn flush(&self) {}
}

#[test]
fn a_listener_lets_in_and_says_no_secret() {
    log::set_logger(&Logger).unwrap();
    log::set_max_level(Level::Trace.to_level_filter());
    let registry = Registry::new();
    let access = Access::credentials().bearer("tok3n-of-the-day").unwrap();
    let access = access.basic("scraper", &hash()).unwrap();
    let shown =
        format!("{access:?} {:?}", Server::bind("127.0.0.1:0").unwrap().access(access.clone()));
    let server = Server::bind("127.0.0.1:0").unwrap().registry(&registry).access(access);
    let address = server.spawn().unwrap().local_addr();
    let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None);
    let agent: ureq::Agent = config.timeout_global(Some(PATIENCE)).build().into();
    let get = |authorization: &str| {
        let request = agent.get(format!("http://{address}/metrics"));
        let mut response = request.header("Authorization", authorization).call().unwrap();
        let body = response.body_mut().read_to_string().unwrap();
        (response.status().as_u16(), response.headers().clone(), body)
    };
    assert_eq!(get("Bearer tok3n-of-the-day").0, 200);
    assert_eq!(get(&basic("scraper:geheim: ü")).0, 200);
    let (status, headers, body) = get("Bearer tok3n-of-the-week");
    assert_eq!((status, &*body), (401, "unauthorized\n"));
    assert_eq!(headers.get_all("www-authenticate").iter().count(), 2);
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(get(&basic("scraper:nothing")).0, 401);
    for secret in ["tok3n", "geheim", &hash()[..7], "$2"] {
        assert!(!shown.contains(secret), "{shown}");
        let logged = LOGGED.lock().unwrap();
        let lines: Vec<_> = logged.lines().filter(|line| line.contains(secret)).collect();
        assert!(lines.is_empty(), "{lines:?}");
    }
}
