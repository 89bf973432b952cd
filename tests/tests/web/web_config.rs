//! The `web.yml` of exporters: what is obeyed, and what is refused at the start.

use std::fs;
use std::path::Path;

use measurand::Registry;
use measurand::actix::{Server, ServerHandle, WebConfig};
use measurand::health::Health;
use measurand_tests::PATIENCE;
use rcgen::{CertifiedKey, generate_simple_self_signed};

fn read(folder: &Path, text: &str) -> Result<WebConfig, String> {
    let path = folder.join("web.yml");
    fs::write(&path, text).unwrap();
    WebConfig::read(&path).map_err(|error| {
        let error = error.to_string();
        let start = format!("cannot use the web configuration {}: ", path.display());
        error.strip_prefix(&start).unwrap().to_owned()
    })
}

/// Writes a certificate and its key beside the file.
fn certify(folder: &Path) -> (String, String) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    fs::write(folder.join("a.crt"), cert.pem()).unwrap();
    fs::write(folder.join("a.key"), signing_key.serialize_pem()).unwrap();
    (cert.pem(), signing_key.serialize_pem())
}

#[test]
fn passwords_and_headers_are_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    let hash = bcrypt::hash("geheim", 4).unwrap();
    let config = format!(
        "http_server_config:\n  http2: false\n  headers:\n    X-Frame-Options: deny\n\
         basic_auth_users:\n  scraper: {hash}\n"
    );
    let config = read(folder.path(), &config).unwrap();
    assert!(!format!("{config:?}").contains(&hash[..7]));
    let registry = Registry::new();
    let server = Server::bind("127.0.0.1:0").unwrap().registry(&registry).web_config(config);
    let server = server.spawn().unwrap();
    let agent = ureq::Agent::config_builder().http_status_as_error(false).proxy(None);
    let agent: ureq::Agent = agent.timeout_global(Some(PATIENCE)).build().into();
    let get = |authorization: &str| {
        let request = agent.get(format!("http://{}/metrics", server.local_addr()));
        request.header("Authorization", authorization).call().unwrap()
    };
    // scraper:geheim
    let right = get("Basic c2NyYXBlcjpnZWhlaW0=");
    assert_eq!(
        (right.status().as_u16(), &right.headers()["x-frame-options"]),
        (200, &"deny".parse().unwrap())
    );
    let wrong = get("Basic c2NyYXBlcjp3cm9uZw==");
    assert_eq!(
        (wrong.status().as_u16(), &wrong.headers()["x-frame-options"]),
        (401, &"deny".parse().unwrap())
    );
    server.stop();
}

#[test]
fn the_rate_of_requests_is_limited() {
    let folder = tempfile::tempdir().unwrap();
    let start = |interval: &str| {
        let config = format!("rate_limit:\n  interval: {interval}\n  burst: 3\n");
        let config = read(folder.path(), &config).unwrap();
        let server = Server::bind("127.0.0.1:0").unwrap().registry(&Registry::new());
        server.health(Health::new()).web_config(config).spawn().unwrap()
    };
    let agent = ureq::Agent::config_builder().http_status_as_error(false).proxy(None);
    let agent: ureq::Agent = agent.timeout_global(Some(PATIENCE)).build().into();
    let statuses = |server: &ServerHandle, path: &str| {
        let get = |_| agent.get(format!("http://{}{path}", server.local_addr())).call().unwrap();
        [0; 5].map(get).map(|answer| answer.status().as_u16())
    };
    let limited = start("1h30m");
    assert_eq!(statuses(&limited, "/metrics"), [200, 200, 200, 429, 429]);
    assert_eq!(statuses(&limited, "/elsewhere"), [429; 5]);
    assert_eq!(statuses(&limited, "/healthz"), [200; 5]);
    let refused = agent.get(format!("http://{}/metrics", limited.local_addr())).call().unwrap();
    let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((5_000..=5_400).contains(&wait), "{wait}");
    limited.stop();
    for interval in ["0", "0s", "1ns", "0.5µs"] {
        let unlimited = start(interval);
        assert_eq!(statuses(&unlimited, "/metrics"), [200; 5], "{interval}");
        unlimited.stop();
    }
}

#[test]
fn certificates_are_read_from_files_and_from_the_file_itself() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = certify(folder.path());
    let indented = |text: &str| text.replace('\n', "\n    ");
    for tls in [
        "cert_file: a.crt\n  key_file: a.key\n  min_version: TLS13".to_owned(),
        format!("cert: |\n    {}\n  key: |\n    {}", indented(&certificate), indented(&key)),
        "cert_file: a.crt\n  key_file: a.key\n  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: a.crt".to_owned(),
        "cert_file: a.crt\n  key_file: a.key\n  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: a.crt".to_owned(),
        "cert_file: a.crt\n  key_file: a.key\n  client_auth_type: NoClientCert\n  max_version: TLS12".to_owned(),
    ] {
        let config = read(folder.path(), &format!("tls_server_config:\n  {tls}\n"));
        let config = config.unwrap_or_else(|error| panic!("{error}: {tls}"));
        assert!(!format!("{config:?}").contains("PRIVATE"));
        let server = Server::bind("127.0.0.1:0").unwrap().web_config(config).spawn().unwrap();
        server.stop();
    }
    // A file without entries is also valid.
    read(folder.path(), "basic_auth_users: {}\n").unwrap();
}

#[test]
fn what_is_not_obeyed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    certify(folder.path());
    let tls = |more: &str| {
        format!("tls_server_config:\n  cert_file: a.crt\n  key_file: a.key\n  {more}\n")
    };
    for (config, expected) in [
        ("rate_limit:\n  interval: 1s\n".to_owned(), "`burst` must be how many"),
        ("rate_limit:\n  interval: 1s\n  burst: 0\n".to_owned(), "write 1 or more"),
        ("rate_limit:\n  interval: 5\n  burst: 1\n".to_owned(), "must be a duration"),
        ("rate_limit:\n  interval: 1 s\n  burst: 1\n".to_owned(), "must be a duration"),
        ("rate_limit:\n  interval: \"\"\n  burst: 1\n".to_owned(), "must be a duration"),
        ("rate_limit:\n  interval: -1s\n  burst: 1\n".to_owned(), "must be a duration"),
        ("rate_limit:\n  interval: 1s\n  burst: -1\n".to_owned(), "it does not have the form"),
        ("rate_limit:\n  rate: 1s\n".to_owned(), "unknown field `rate`"),
        ("tls_config: {}\n".to_owned(), "unknown field `tls_config`"),
        (tls("cipher_suites: [x]"), "unknown field `cipher_suites`"),
        (tls("client_allowed_sans: [x]"), "unknown field `client_allowed_sans`"),
        (tls("client_auth_type: RequireAnyClientCert"), "unknown variant `RequireAnyClientCert`"),
        (tls("min_version: TLS10"), "unknown variant `TLS10`"),
        (tls("min_version: TLS13\n  max_version: TLS12"), "`min_version` is above"),
        (tls("cert: x"), "leave one out"),
        (tls("client_ca_file: a.crt"), "has no effect without"),
        (tls("client_auth_type: RequireAndVerifyClientCert"), "needs `client_ca_file`"),
        ("tls_server_config:\n  cert_file: a.crt\n".to_owned(), "needs `cert_file` and `key_file`"),
        (
            "tls_server_config:\n  cert_file: b.crt\n  key_file: a.key\n".to_owned(),
            "b.crt: No such file",
        ),
        (
            "tls_server_config:\n  cert_file: a.key\n  key_file: a.key\n".to_owned(),
            "is not a certificate in PEM format",
        ),
        (
            "tls_server_config:\n  cert_file: a.crt\n  key_file: a.crt\n".to_owned(),
            "is not a private key in PEM format",
        ),
        ("http_server_config:\n  http2: true\n".to_owned(), "`http2: true` is not supported"),
        (
            "http_server_config:\n  headers: {\"no header\": x}\n".to_owned(),
            "`no header` is not a valid header",
        ),
        (
            "basic_auth_users:\n  scraper: s3cret\n".to_owned(),
            "the hash of user `scraper` is not a bcrypt hash",
        ),
        ("basic_auth_users: s3cret\n".to_owned(), "it does not have the form"),
        ("basic_auth_users:\n  a: [s3cret]\n".to_owned(), "line 2: it does not have the form"),
        ("\"s3cret".to_owned(), "it does not have the form"),
    ] {
        let error = read(folder.path(), &config).unwrap_err();
        assert!(error.contains(expected), "{error}: {config}");
        assert!(!error.contains("s3cret"), "{error}");
    }
    let error = WebConfig::read(folder.path().join("none.yml")).unwrap_err().to_string();
    assert!(error.contains("none.yml: No such file"), "{error}");
}
