//! The labels that every web service has.

use super::{LabelList, LabelSet, LabelValue, Naming, Values};

/// The class of an HTTP status: label `status`, values `1xx` to `5xx`.
///
/// ```
/// use measurand::family::StatusClass;
/// assert_eq!(StatusClass::from_code(404), StatusClass::ClientError);
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
    /// The class of a status code. What is below 100 counts as informational, and what is above
    /// 599 as a server error: [RFC 9110, 15] has a client treat an invalid code as a 5xx.
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

/// An HTTP method: label `method`, values `GET` … and `other`.
///
/// The methods are those of [RFC 9110, 9] and PATCH of RFC 5789. Any other, which a client may
/// make up, is `other`, so that nobody can make series by inventing methods.
///
/// ```
/// use measurand::family::Method;
/// assert_eq!(Method::from("POST"), Method::Post);
/// assert_eq!(Method::from("BREW"), Method::Other);
/// ```
///
/// [RFC 9110, 9]: https://www.rfc-editor.org/rfc/rfc9110#section-9
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    /// Any other.
    Other,
}

const METHODS: &[&str] =
    &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "other"];

impl From<&str> for Method {
    /// Methods are case-sensitive, so `get` is another one.
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

macro_rules! one_label {
    ($type:ident, $name:literal, $values:expr) => {
        impl LabelValue for $type {
            const VALUES: Values = Values::known($values);

            #[inline]
            fn position(&self) -> usize {
                // The variants stand in the order of their values, and have no numbers of their own.
                *self as usize
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
    };
}

one_label!(StatusClass, "status", &["1xx", "2xx", "3xx", "4xx", "5xx"]);
one_label!(Method, "method", METHODS);
