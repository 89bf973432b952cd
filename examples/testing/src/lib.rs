//! A mailer, and tests of its metrics in `tests/metrics.rs`.
//!
//! ```sh
//! cargo test -p mailer
//! ```

use measurand::calls::NoLabels;
use measurand::unit::{Bytes, Seconds};
use measurand::{
    Calls, Counter, Family, Gauge, Histogram, LabelSet, LabelValue, Metrics, instrument_metrics,
};

/// What the mailer reports.
#[derive(Debug, Metrics)]
#[metrics(namespace = "mailer", global = MAILER)]
pub struct MailerMetrics {
    /// Mails that wait to be sent.
    pub waiting_mails: Gauge,
    /// Mails sent, by the domain that they went to.
    #[metric(max_series = 1_000)]
    pub sent_total: Family<Recipient<'static>, Counter>,
    /// Size of the mails that were sent.
    #[metric(buckets = exponential(64, 16, 4))]
    pub size_bytes: Histogram<Bytes>,
    /// When the last mail was sent.
    pub last_sent_timestamp_seconds: Gauge<Seconds>,
    /// Deliveries to the server.
    pub delivery: Calls<NoLabels, Refusal>,
}

/// Whom a mail goes to.
#[derive(Debug, LabelSet)]
pub struct Recipient<'a> {
    /// The domain of the address.
    pub domain: &'a str,
}

/// Why a mail was not sent: the label `refusal`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, LabelValue)]
pub enum Refusal {
    /// The address has no domain.
    Address,
    /// The mail is empty.
    Empty,
}

/// Mails that wait to be sent, each an address and a text.
#[derive(Debug, Default)]
pub struct Mailer(Vec<(String, String)>);

impl Mailer {
    /// Adds a mail to those that wait.
    pub fn push(&mut self, address: &str, text: &str) {
        self.0.push((address.to_owned(), text.to_owned()));
        MAILER.waiting_mails.inc();
    }

    /// Sends the mails that wait, and returns why some were not sent.
    #[instrument_metrics]
    pub fn flush(&mut self) -> Vec<Refusal> {
        MAILER.waiting_mails.set(0);
        self.0.drain(..).filter_map(|(address, text)| deliver(&address, &text).err()).collect()
    }
}

#[instrument_metrics(MAILER.delivery, error = Refusal::clone)]
fn deliver(address: &str, text: &str) -> Result<(), Refusal> {
    let (_, domain) = address.split_once('@').ok_or(Refusal::Address)?;
    if text.is_empty() {
        return Err(Refusal::Empty);
    }
    MAILER.sent_total.with(Recipient { domain }).inc();
    MAILER.size_bytes.observe(text.len() as u64);
    MAILER.last_sent_timestamp_seconds.set_to_current_time();
    Ok(())
}
