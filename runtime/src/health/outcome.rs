//! Results of checks.

use std::time::Duration;

/// How a run of a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Ok,
    Failed,
    TimedOut,
    Panicked,
}

impl Status {
    pub(super) const ALL: [Status; 4] =
        [Status::Ok, Status::Failed, Status::TimedOut, Status::Panicked];

    /// Returns the status as metrics and JSON show it.
    pub(super) fn key(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Failed => "failed",
            Status::TimedOut => "timed_out",
            Status::Panicked => "panicked",
        }
    }

    /// Returns the status for people to read.
    pub(super) fn words(self) -> &'static str {
        match self {
            Status::TimedOut => "timed out",
            other => other.key(),
        }
    }
}

/// Why a run did not succeed.
#[derive(Debug)]
pub(super) struct CheckFailure {
    pub(super) status: Status,
    pub(super) error: String,
}

impl CheckFailure {
    pub(super) fn error(error: String) -> CheckFailure {
        CheckFailure { status: Status::Failed, error }
    }

    pub(super) fn panic(message: &str) -> CheckFailure {
        CheckFailure { status: Status::Panicked, error: message.to_owned() }
    }
}

/// The result of a run, shared by all that wait for it.
#[derive(Debug)]
pub(super) struct CheckOutcome {
    pub(super) status: Status,
    /// The error, or empty.
    pub(super) error: String,
    /// How long the run took.
    pub(super) took: Duration,
}

impl CheckOutcome {
    /// Creates the result of a run. One that took too long has timed out, however it ended.
    pub(super) fn of(
        end: Result<(), CheckFailure>,
        took: Duration,
        limit: Duration,
    ) -> CheckOutcome {
        match end {
            Err(CheckFailure { status: Status::Panicked, error }) => {
                CheckOutcome { status: Status::Panicked, error, took }
            }
            _ if took >= limit => CheckOutcome::late(took, limit),
            Err(CheckFailure { status, error }) => CheckOutcome { status, error, took },
            Ok(()) => CheckOutcome { status: Status::Ok, error: String::new(), took },
        }
    }

    pub(super) fn late(took: Duration, limit: Duration) -> CheckOutcome {
        let error = format!("it took longer than {limit:?}");
        CheckOutcome { status: Status::TimedOut, error, took }
    }

    /// Creates the result of a run that could not be started.
    pub(super) fn not_begun(error: String) -> CheckOutcome {
        CheckOutcome { status: Status::Failed, error, took: Duration::ZERO }
    }

    pub(super) fn is_ok(&self) -> bool {
        self.status == Status::Ok
    }
}
