//! A mailer that measures itself. Its tests, in `tests/metrics.rs`, show how metrics are tested.

mod pool;

pub use pool::{Connection, Pool, PoolCollector};

use std::fmt;
use std::thread;
use std::time::Duration;

use measurand::unit::{Bytes, Seconds};
use measurand::{
    Calls, Counter, Family, Gauge, LabelSet, LabelValue, Metrics, NativeHistogram,
    instrument_metrics,
};

/// What the mailer reports.
#[derive(Metrics, Debug)]
#[metrics(namespace = "mailer", global = MAILER)]
pub struct MailerMetrics {
    /// Mails that wait to be sent.
    pub waiting_mails: Gauge,
    /// Mails sent, by the domain that they went to.
    #[metric(max_series = 1_000)]
    pub sent_total: Family<Recipient<'static>, Counter>,
    /// Size of the mails that were sent.
    pub size_bytes: NativeHistogram<Bytes>,
    /// When the last mail was sent.
    pub last_sent_timestamp_seconds: Gauge<Seconds>,
    /// Deliveries to the server.
    pub delivery: Calls<measurand::calls::NoLabels, Refusal>,
}

/// Whom a mail goes to.
#[derive(LabelSet, Debug)]
pub struct Recipient<'a> {
    /// The domain of the address.
    pub domain: &'a str,
}

/// Why a mail was not sent.
#[derive(LabelValue, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The address has no domain.
    Address,
    /// There is nothing in it.
    Empty,
    /// No connection is free.
    Busy,
}

impl Refusal {
    fn kind(&self) -> Refusal {
        *self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::Address => "the address has no domain",
            Refusal::Empty => "there is nothing in the mail",
            Refusal::Busy => "no connection is free",
        })
    }
}

impl std::error::Error for Refusal {}

/// Mails that wait, and the connections that they are sent over.
#[derive(Debug)]
pub struct Mailer {
    waiting: Vec<(String, String)>,
    pool: Pool,
}

impl Mailer {
    /// A mailer without mails.
    pub fn new(pool: Pool) -> Mailer {
        Mailer { waiting: Vec::new(), pool }
    }

    /// Has a mail wait.
    pub fn push(&mut self, address: &str, text: &str) {
        self.waiting.push((address.to_owned(), text.to_owned()));
        MAILER.waiting_mails.set(self.waiting.len() as f64);
    }

    /// Sends the mails that wait, and gives those that were refused.
    #[instrument_metrics]
    pub fn flush(&mut self) -> Vec<Refusal> {
        let mails = std::mem::take(&mut self.waiting);
        MAILER.waiting_mails.set(0);
        mails.iter().filter_map(|(address, text)| self.deliver(address, text).err()).collect()
    }

    #[instrument_metrics(MAILER.delivery, error = Refusal::kind)]
    fn deliver(&self, address: &str, text: &str) -> Result<(), Refusal> {
        let (_, domain) = address.split_once('@').ok_or(Refusal::Address)?;
        if text.is_empty() {
            return Err(Refusal::Empty);
        }
        let connection = self.pool.take().ok_or(Refusal::Busy)?;
        connection.send(text);
        MAILER.sent_total.with(Recipient { domain }).inc();
        MAILER.size_bytes.observe(text.len() as u64);
        MAILER.last_sent_timestamp_seconds.set_to_current_time();
        Ok(())
    }
}

impl Connection<'_> {
    /// Stands for a server that takes its time.
    fn send(&self, text: &str) {
        thread::sleep(Duration::from_nanos(text.len() as u64));
    }
}
