//! Running Prometheus.

use std::fs;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::{Killed, PATIENCE, installed};

/// A Prometheus that scrapes its targets each second.
#[derive(Debug)]
pub struct Prometheus {
    _child: Killed,
    address: String,
    _directory: TempDir,
}

impl Prometheus {
    /// Starts Debian's Prometheus.
    pub fn start(targets: &[&str]) -> Prometheus {
        Prometheus::start_with(targets, &[])
    }

    /// Starts Debian's Prometheus with these features enabled.
    pub fn start_with(targets: &[&str], features: &[&str]) -> Prometheus {
        Prometheus::start_as(installed("prometheus", "prometheus"), targets, features)
    }

    /// Starts a given Prometheus.
    ///
    /// # Panics
    ///
    /// Panics if it cannot be started.
    pub fn start_as(mut command: Command, targets: &[&str], features: &[&str]) -> Prometheus {
        let directory = tempfile::tempdir().unwrap();
        let config = directory.path().join("prometheus.yml");
        let text = format!(
            "global: {{ scrape_interval: 1s }}\n\
             scrape_configs: [{{ job_name: tests, static_configs: [{{ targets: {targets:?} }}] }}]\n"
        );
        fs::write(&config, text).unwrap();
        let log = fs::File::create(directory.path().join("log")).unwrap();
        let address = free_address();
        command.arg("--config.file").arg(config);
        command.arg("--storage.tsdb.path").arg(directory.path().join("data"));
        command.arg("--web.listen-address").arg(&address);
        command.args(features.iter().map(|feature| format!("--enable-feature={feature}")));
        let child =
            Killed(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap());
        Prometheus { _child: child, address, _directory: directory }
    }

    /// Returns the value of the first series of a PromQL query.
    ///
    /// # Panics
    ///
    /// Panics if the expression is not valid.
    pub fn query(&self, expression: &str) -> Option<String> {
        let answer = self.api("query", &[("query", expression)])?;
        assert_eq!(answer["status"], "success", "{expression}: {answer}");
        Some(answer["data"]["result"][0]["value"][1].as_str()?.to_owned())
    }

    /// Returns the response of the HTTP API, or `None` if it does not answer yet.
    pub fn api(&self, path: &str, parameters: &[(&str, &str)]) -> Option<Value> {
        let text = get(&format!("http://{}/api/v1/{path}", self.address), parameters).ok()?;
        serde_json::from_str(&text).ok()
    }
}

/// Sends a `GET` request, and returns the body of the response.
///
/// # Errors
///
/// Returns an error if the server does not answer.
pub fn get(url: &str, parameters: &[(&str, &str)]) -> Result<String, ureq::Error> {
    // A proxy from the environment must not be used for loopback.
    let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None);
    let agent: ureq::Agent = config.timeout_global(Some(PATIENCE)).build().into();
    agent.get(url).query_pairs(parameters.iter().copied()).call()?.body_mut().read_to_string()
}

/// Returns a free address, for servers that must be told one.
///
/// # Panics
///
/// Panics if the system has none.
pub fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}
