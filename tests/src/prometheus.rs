//! Debian's Prometheus.

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
    /// Starts Debian's.
    pub fn start(targets: &[&str]) -> Prometheus {
        Prometheus::start_with(targets, &[])
    }

    /// Starts Debian's with these features.
    pub fn start_with(targets: &[&str], features: &[&str]) -> Prometheus {
        Prometheus::start_as(installed("prometheus", "prometheus"), targets, features)
    }

    /// Starts this program.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
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

    /// The value of the first series that a PromQL expression finds.
    ///
    /// # Panics
    ///
    /// If the expression is none.
    pub fn query(&self, expression: &str) -> Option<String> {
        let answer = self.api("query", &[("query", expression)])?;
        assert_eq!(answer["status"], "success", "{expression}: {answer}");
        Some(answer["data"]["result"][0]["value"][1].as_str()?.to_owned())
    }

    /// What the HTTP API answers, once it does.
    pub fn api(&self, path: &str, parameters: &[(&str, &str)]) -> Option<Value> {
        let text = get(&format!("http://{}/api/v1/{path}", self.address), parameters).ok()?;
        serde_json::from_str(&text).ok()
    }
}

/// What a server answers.
///
/// # Errors
///
/// If it does not.
pub fn get(url: &str, parameters: &[(&str, &str)]) -> Result<String, ureq::Error> {
    // A proxy of the environment is not for loopback.
    let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None);
    let agent: ureq::Agent = config.timeout_global(Some(PATIENCE)).build().into();
    agent.get(url).query_pairs(parameters.iter().copied()).call()?.body_mut().read_to_string()
}

/// An address where nobody listens now, for those who must know it before they start.
///
/// # Panics
///
/// If the system has none.
pub fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}
