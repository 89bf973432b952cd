//! Labels of HTTP requests.

use std::fmt;

use super::{LabelList, LabelSet, LabelValue, Naming, ValueSet};

/// The class of an HTTP status code, with the label `status` and the values `1xx` to `5xx`.
///
/// ```
/// use measurand::family::StatusClass;
/// assert_eq!(StatusClass::from_code(404), StatusClass::ClientError);
/// assert_eq!(StatusClass::from_code(404).as_str(), "4xx");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatusClass {
    /// `1xx`
    Informational,
    /// `2xx`
    Success,
    /// `3xx`
    Redirection,
    /// `4xx`
    ClientError,
    /// `5xx`
    ServerError,
}

impl StatusClass {
    /// Returns the class of a status code. Codes below 100 count as informational, and codes above
    /// 599 as server errors, since [RFC 9110, 15] has clients treat invalid codes as 5xx.
    ///
    /// [RFC 9110, 15]: https://www.rfc-editor.org/rfc/rfc9110#section-15
    pub const fn from_code(code: u16) -> StatusClass {
        match code {
            0..200 => StatusClass::Informational,
            200..300 => StatusClass::Success,
            300..400 => StatusClass::Redirection,
            400..500 => StatusClass::ClientError,
            500.. => StatusClass::ServerError,
        }
    }
}

impl StatusClass {
    /// Returns the value of the label.
    pub const fn as_str(self) -> &'static str {
        CLASSES[self as usize]
    }
}

const CLASSES: &[&str] = &["1xx", "2xx", "3xx", "4xx", "5xx"];

/// An HTTP method, with the label `method` and the values `GET` … and `other`.
///
/// The methods are those of [RFC 9110, 9] and PATCH of RFC 5789. Any other method is `other`, so
/// that clients cannot create series by inventing methods.
///
/// ```
/// use measurand::family::Method;
/// assert_eq!(Method::from("POST"), Method::Post);
/// assert_eq!(Method::from("BREW"), Method::Other);
/// assert_eq!(Method::Post.as_str(), "POST");
/// ```
///
/// [RFC 9110, 9]: https://www.rfc-editor.org/rfc/rfc9110#section-9
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each is named after its method")]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Connect,
    Options,
    Trace,
    /// Any other method.
    Other,
}

const METHODS: &[&str] =
    &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "other"];

impl Method {
    /// Returns the value of the label.
    pub const fn as_str(self) -> &'static str {
        METHODS[self as usize]
    }
}

impl From<&str> for Method {
    /// Converts a method by its case-sensitive name, so `get` is [`Method::Other`].
    fn from(method: &str) -> Method {
        match method {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            "POST" => Method::Post,
            "PUT" => Method::Put,
            "PATCH" => Method::Patch,
            "DELETE" => Method::Delete,
            "CONNECT" => Method::Connect,
            "OPTIONS" => Method::Options,
            "TRACE" => Method::Trace,
            _ => Method::Other,
        }
    }
}

/// An HTTP status code, with the label `status` and the values `200`, `404` …, and the class of any
/// other code.
///
/// The codes are those registered with [IANA], and 418. Any other code has the value of its class:
/// 520 is `5xx`. So nobody can create series by inventing codes, and `status=~"5.."` matches all
/// that [`StatusClass`] counts as `5xx`.
///
/// The label is closed, so looking a series up is an index. Since few of its values ever occur, a
/// family with this label exposes a series only once it was used, unless the field has the option
/// `zeros`.
///
/// ```
/// use measurand::family::StatusCode;
/// use measurand::{Counter, Family, Metrics};
///
/// /// The answers.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_answer", global = ANSWERS)]
/// struct AnswerMetrics {
///     /// Answers sent.
///     answers_total: Family<StatusCode, Counter>,
/// }
///
/// ANSWERS.answers_total.with(StatusCode::from_code(404)).inc();
/// ANSWERS.answers_total.with(StatusCode::from_code(520)).inc();
///
/// let mut text = String::new();
/// measurand::encode_text(&mut text);
/// assert!(text.contains("doc_answer_answers_total{status=\"404\"} 1\n"));
/// assert!(text.contains("doc_answer_answers_total{status=\"5xx\"} 1\n"));
/// assert!(!text.contains("doc_answer_answers_total{status=\"200\"}"));
/// assert_eq!(StatusCode::from_code(404).as_str(), "404");
/// ```
///
/// [IANA]: https://www.iana.org/assignments/http-status-codes
// The field is the position of the value.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatusCode(u8);

/// The codes, followed by the classes.
const CODES: &[&str] = &[
    "100", "101", "102", "103", "200", "201", "202", "203", "204", "205", "206", "207", "208",
    "226", "300", "301", "302", "303", "304", "305", "307", "308", "400", "401", "402", "403",
    "404", "405", "406", "407", "408", "409", "410", "411", "412", "413", "414", "415", "416",
    "417", "418", "421", "422", "423", "424", "425", "426", "428", "429", "431", "451", "500",
    "501", "502", "503", "504", "505", "506", "507", "508", "510", "511", "1xx", "2xx", "3xx",
    "4xx", "5xx",
];

/// The position of the value of each code from 100 to 599.
static POSITIONS: [u8; 500] = {
    let classes = CODES.len() - 5;
    let mut positions = [0; 500];
    let mut code = 0;
    while code < positions.len() {
        positions[code] = (classes + code / 100) as u8;
        code += 1;
    }
    let mut i = 0;
    while i < classes {
        let [hundreds, tens, ones] = *CODES[i].as_bytes() else { panic!("three digits") };
        let code = 100 * (hundreds - b'1') as usize + 10 * (tens - b'0') as usize;
        positions[code + (ones - b'0') as usize] = i as u8;
        i += 1;
    }
    positions
};

impl StatusCode {
    /// Returns the label of a status code. Codes below 100 are `1xx`, and codes above 599 are
    /// `5xx`, as in [`StatusClass::from_code`].
    #[inline]
    pub const fn from_code(code: u16) -> StatusCode {
        let code = match code {
            0..100 => 199,
            100..600 => code,
            600.. => 599,
        };
        StatusCode(POSITIONS[code as usize - 100])
    }

    /// Returns the value of the label.
    pub const fn as_str(self) -> &'static str {
        CODES[self.0 as usize]
    }
}

impl From<u16> for StatusClass {
    fn from(code: u16) -> StatusClass {
        StatusClass::from_code(code)
    }
}

impl From<u16> for StatusCode {
    fn from(code: u16) -> StatusCode {
        StatusCode::from_code(code)
    }
}

impl fmt::Debug for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StatusCode({})", self.as_str())
    }
}

macro_rules! display {
    ($($type:ty)*) => {$(
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    )*};
}

display! { StatusClass Method StatusCode }

macro_rules! one_label {
    ($($type:ty: $name:literal, $values:expr, $self:ident => $position:expr;)*) => {$(
        impl LabelValue for $type {
            const VALUES: ValueSet = $values;

            #[inline]
            fn position(&$self) -> usize {
                $position
            }

            fn visit_open(&self, _: &mut impl FnMut(&str)) {}
        }

        #[diagnostic::do_not_recommend]
        impl LabelSet for $type {
            type With<'a> = $type;
            type Values = ($type,);

            const NAMING: Naming = Naming::ByLabel;
            const LABELS: LabelList = LabelList::new().label($name, <$type as LabelValue>::VALUES);

            #[inline]
            fn from_values((value,): ($type,)) -> $type {
                value
            }

            #[inline]
            fn position(&self) -> usize {
                LabelValue::position(self)
            }

            fn visit_open(&self, _: &mut impl FnMut(&str)) {}
        }
    )*};
}

// The variants are in the order of their values, without explicit discriminants.
one_label! {
    StatusClass: "status", ValueSet::known(CLASSES), self => *self as usize;
    Method: "method", ValueSet::known(METHODS), self => *self as usize;
    StatusCode: "status", ValueSet::sparse(CODES), self => usize::from(self.0);
}

/// Implements the labels for the types of a crate.
#[cfg(any(feature = "actix", feature = "http"))]
macro_rules! types_of {
    ($http:path) => {
        const _: () = {
            use $http as http;

            impl From<http::StatusCode> for StatusCode {
                fn from(code: http::StatusCode) -> StatusCode {
                    StatusCode::from_code(code.as_u16())
                }
            }

            impl From<http::StatusCode> for StatusClass {
                fn from(code: http::StatusCode) -> StatusClass {
                    StatusClass::from_code(code.as_u16())
                }
            }

            impl From<&http::Method> for Method {
                fn from(method: &http::Method) -> Method {
                    Method::from(method.as_str())
                }
            }

            one_label! {
                http::StatusCode: "status", StatusCode::VALUES,
                    self => LabelValue::position(&StatusCode::from(*self));
                http::Method: "method", Method::VALUES,
                    self => LabelValue::position(&Method::from(self));
            }
        };
    };
}

#[cfg(feature = "http")]
types_of!(::http);
#[cfg(feature = "actix")]
types_of!(actix_web::http);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_own_value_or_that_of_its_class() {
        for code in 0..=u16::MAX {
            let value = CODES[LabelValue::position(&StatusCode::from_code(code))];
            let class = StatusClass::VALUES.get(StatusClass::from_code(code) as usize);
            let own = code.to_string();
            let expected = if CODES.contains(&&*own) { &own } else { class };
            assert_eq!(value, expected);
        }
    }
}
