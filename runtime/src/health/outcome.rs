//! What has become of a check.

use std::time::Duration;

/// How a run of a check has ended.
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

    /// As metrics and JSON have it.
    pub(super) fn key(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Failed => "failed",
            Status::TimedOut => "timed_out",
            Status::Panicked => "panicked",
        }
    }

    /// As people read it.
    pub(super) fn words(self) -> &'static str {
        match self {
            Status::TimedOut => "timed out",
            other => other.key(),
        }
    }
}

/// Why a run was no success.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) status: Status,
    pub(super) error: String,
}

impl Failure {
    pub(super) fn error(error: String) -> Failure {
        Failure { status: Status::Failed, error }
    }

    pub(super) fn panic(message: &str) -> Failure {
        Failure { status: Status::Panicked, error: message.to_owned() }
    }
}

/// The result of a run, for all who wait for it.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) status: Status,
    /// Empty if there is none.
    pub(super) error: String,
    /// How long the run took.
    pub(super) took: Duration,
}

impl Outcome {
    /// Whatever it says at its end, a run that takes more time than it has was too late.
    pub(super) fn of(end: Result<(), Failure>, took: Duration, limit: Duration) -> Outcome {
        match end {
            Err(Failure { status: Status::Panicked, error }) => {
                Outcome { status: Status::Panicked, error, took }
            }
            _ if took >= limit => Outcome::late(took, limit),
            Err(Failure { status, error }) => Outcome { status, error, took },
            Ok(()) => Outcome { status: Status::Ok, error: String::new(), took },
        }
    }

    pub(super) fn late(took: Duration, limit: Duration) -> Outcome {
        let error = format!("it takes longer than {limit:?}");
        Outcome { status: Status::TimedOut, error, took }
    }

    /// Of a run that could not be begun.
    pub(super) fn not_begun(error: String) -> Outcome {
        Outcome { status: Status::Failed, error, took: Duration::ZERO }
    }

    pub(super) fn is_ok(&self) -> bool {
        self.status == Status::Ok
    }
}
