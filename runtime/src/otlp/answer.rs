//! The response of a receiver to an accepted request.
//!
//! Source: `metrics_service.proto` of <https://github.com/open-telemetry/opentelemetry-proto>.

use crate::wire::{WireField, fields};

/// `ExportMetricsServiceResponse.partial_success`.
const PARTIAL_SUCCESS: u32 = 1;

/// `ExportMetricsPartialSuccess`.
mod partial_success {
    pub(super) const REJECTED_DATA_POINTS: u32 = 1;
    pub(super) const ERROR_MESSAGE: u32 = 2;
}

/// The partial success of a request: how many points were rejected, and why. Empty if all is well,
/// or if the response cannot be decoded.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct RejectedPoints {
    pub(super) points: u64,
    pub(super) message: String,
}

impl RejectedPoints {
    pub(super) fn of(answer: &[u8]) -> RejectedPoints {
        let mut rejected = RejectedPoints::default();
        let partial = fields(answer).filter_map(|(field, value)| match value {
            WireField::Bytes(partial) if field == PARTIAL_SUCCESS => Some(partial),
            _ => None,
        });
        for (field, value) in partial.flat_map(fields) {
            match (field, value) {
                (partial_success::REJECTED_DATA_POINTS, WireField::Number(points)) => {
                    // The number is signed.
                    rejected.points = (points as i64).max(0) as u64;
                }
                (partial_success::ERROR_MESSAGE, WireField::Bytes(message)) => {
                    rejected.message = String::from_utf8_lossy(message).into_owned();
                }
                _ => {}
            }
        }
        rejected
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.points == 0 && self.message.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire;

    fn answer(points: i64, message: &str) -> Vec<u8> {
        let mut answer = Vec::new();
        wire::message(&mut answer, 1, |partial| {
            wire::int(partial, 1, points);
            wire::text(partial, 2, message);
        });
        answer
    }

    #[test]
    fn what_is_not_taken_is_read() {
        let check = |answer: &[u8], points, message: &str| {
            let expected = RejectedPoints { points, message: message.to_owned() };
            assert_eq!(RejectedPoints::of(answer), expected);
        };
        check(&answer(3, "too old"), 3, "too old");
        check(&answer(0, "deprecated"), 0, "deprecated");
        check(&answer(-1, ""), 0, "");
        for nothing in [&b""[..], b"{}", b"<html>", b"ok", &[0x0a, 0x00], &[0xff; 30]] {
            assert!(RejectedPoints::of(nothing).is_nothing(), "{nothing:?}");
        }
    }
}
