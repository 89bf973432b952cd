//! How calls end that return responses: one response has one outcome, whichever way it is returned.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::task::Poll;

use actix_web::http::StatusCode;
use actix_web::{Either, HttpResponse, Responder, ResponseError};
use futures_util::FutureExt as _;
use measurand::calls::{Fallible, Outcome};
use measurand::{Calls, Metrics, Registry, instrument_metrics};
use measurand_tests::samples;

const MODULE: &str = module_path!();

/// How often the function has returned an error, and how often not.
#[track_caller]
fn counted(function: &str) -> (u64, u64) {
    let mut text = String::new();
    Registry::global().encode_text(&mut text);
    let lines = samples(&text, "function_calls_total");
    let of = |outcome: &str| {
        let labels = format!("function=\"{function}\",module=\"{MODULE}\",outcome=\"{outcome}\"");
        let start = format!("function_calls_total{{{labels}}} ");
        lines.iter().find_map(|line| line.strip_prefix(&start)).map_or(0, |n| n.parse().unwrap())
    };
    (of("ok"), of("error"))
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap()
}

fn response(status: u16) -> HttpResponse {
    HttpResponse::new(code(status))
}

/// An error that becomes a response.
#[derive(Debug)]
struct Refusal(u16);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        code(self.0)
    }
}

/// What says of itself whether it failed.
struct Reply {
    is_refused: bool,
}

impl Fallible for Reply {
    type Error = Reply;

    fn error(&self) -> Option<&Reply> {
        self.is_refused.then_some(self)
    }
}

/// Functions that return what is given to them, whose outcomes are those behind it.
macro_rules! returning {
    ($($name:ident: $type:ty { $($value:expr => $is_error:literal),* $(,)? })*) => {
        $(
            #[instrument_metrics]
            fn $name(value: $type) -> $type {
                value
            }
        )*

        mod later {
            use super::*;

            $(
                #[instrument_metrics(self_type = "later")]
                pub(super) async fn $name(value: $type) -> $type {
                    value
                }
            )*
        }

        $(mod $name {
            use super::*;

            #[test]
            fn ends_as_it_says() {
                let mut expected = (0, 0);
                $(
                    let _ = super::$name($value);
                    let _ = super::later::$name($value).now_or_never().unwrap();
                    if $is_error { expected.1 += 1 } else { expected.0 += 1 }
                    assert_eq!(counted(stringify!($name)), expected, "{}", stringify!($value));
                )*
                let mut text = String::new();
                Registry::global().encode_text(&mut text);
                let line = format!(
                    "function_calls_total{{function=\"later::{}\",module=\"{MODULE}::later\",outcome=\"ok\"}} {}\n",
                    stringify!($name), expected.0
                );
                assert!(text.contains(&line), "{line}");
            }
        })*
    };
}

type Alias = Result<HttpResponse, Refusal>;

returning! {
    plain: HttpResponse { response(200) => false, response(404) => false, response(500) => true }
    result: Result<HttpResponse, Refusal> {
        Ok(response(200)) => false,
        Ok(response(404)) => false,
        Ok(response(500)) => true,
        Err(Refusal(404)) => false,
        Err(Refusal(503)) => true,
    }
    alias: Alias { Ok(response(500)) => true, Err(Refusal(404)) => false, Err(Refusal(500)) => true }
    actix_result: actix_web::Result<String> {
        Ok(String::new()) => false,
        Err(actix_web::error::ErrorNotFound("")) => false,
        Err(actix_web::error::ErrorBadGateway("")) => true,
        Err(Refusal(404).into()) => false,
    }
    io_beside_response: io::Result<HttpResponse> {
        Ok(response(200)) => false,
        Err(io::ErrorKind::NotFound.into()) => false,
        Err(io::ErrorKind::TimedOut.into()) => true,
    }
    io_beside_text: io::Result<String> {
        Ok(String::new()) => false,
        Err(io::ErrorKind::NotFound.into()) => true,
    }
    utf8: Result<u8, std::str::Utf8Error> {
        Ok(1) => false,
        Err(std::str::from_utf8(&[0xff, b'a'][..]).unwrap_err()) => true,
    }
    plain_error: Result<HttpResponse, u8> { Ok(response(500)) => true, Err(1) => true }
    nothing_as_error: Result<HttpResponse, ()> { Ok(response(200)) => false, Err(()) => true }
    nothing: Result<(), ()> { Ok(()) => false, Err(()) => true }
    option_as_error: Result<u8, Option<Refusal>> {
        Err(None) => true,
        Err(Some(Refusal(404))) => true,
    }
    result_as_error: Result<HttpResponse, Result<u8, u8>> { Err(Ok(1)) => true, Err(Err(1)) => true }
    boxed_error: Result<HttpResponse, Box<dyn std::error::Error>> {
        Ok(response(404)) => false,
        Err("any".into()) => true,
    }
    never_fails: Result<HttpResponse, Infallible> { Ok(response(500)) => true, Ok(response(400)) => false }
    pair: (&'static str, StatusCode) { ("", code(404)) => false, ("", code(500)) => true }
    pair_in_result: Result<(HttpResponse, StatusCode), Refusal> {
        Ok((response(500), code(200))) => false,
        Ok((response(200), code(500))) => true,
        Err(Refusal(404)) => false,
    }
    status: StatusCode { code(404) => false, code(500) => true }
    option_of_response: Option<HttpResponse> {
        None => false,
        Some(response(404)) => false,
        Some(response(500)) => true,
    }
    option_of_result: Option<Result<u8, u8>> { None => false, Some(Ok(1)) => false, Some(Err(1)) => true }
    option_of_handler: Option<Result<HttpResponse, Refusal>> {
        Some(Ok(response(500))) => true,
        Some(Err(Refusal(404))) => false,
        Some(Err(Refusal(500))) => true,
    }
    result_of_option: Result<Option<HttpResponse>, Refusal> {
        Ok(None) => false,
        Ok(Some(response(500))) => true,
        Err(Refusal(404)) => false,
    }
    poll: Poll<Result<u8, u8>> {
        Poll::Pending => false,
        Poll::Ready(Ok(1)) => false,
        Poll::Ready(Err(1)) => true,
    }
    poll_of_item: Poll<Option<Result<HttpResponse, Refusal>>> {
        Poll::Pending => false,
        Poll::Ready(None) => false,
        Poll::Ready(Some(Ok(response(500)))) => true,
        Poll::Ready(Some(Err(Refusal(404)))) => false,
        Poll::Ready(Some(Err(Refusal(500)))) => true,
    }
    either: Either<HttpResponse, Result<HttpResponse, Refusal>> {
        Either::Left(response(404)) => false,
        Either::Left(response(500)) => true,
        Either::Right(Ok(response(500))) => true,
        Either::Right(Err(Refusal(404))) => false,
        Either::Right(Err(Refusal(500))) => true,
    }
    either_of_text: Either<&'static str, Result<String, u8>> {
        Either::Left("") => false,
        Either::Right(Ok(String::new())) => false,
        Either::Right(Err(1)) => true,
    }
    result_of_either: Result<Either<HttpResponse, u8>, Refusal> {
        Ok(Either::Left(response(500))) => true,
        Ok(Either::Right(5)) => false,
        Err(Refusal(404)) => false,
    }
    own: Result<Reply, Reply> {
        Ok(Reply { is_refused: false }) => false,
        Ok(Reply { is_refused: true }) => true,
        Err(Reply { is_refused: false }) => false,
        Err(Reply { is_refused: true }) => true,
    }
    of_http: Result<http::Response<Vec<u8>>, http::StatusCode> {
        Ok(http::Response::new(Vec::new())) => false,
        Ok(http::Response::builder().status(500).body(Vec::new()).unwrap()) => true,
        Err(http::StatusCode::NOT_FOUND) => false,
        Err(http::StatusCode::BAD_GATEWAY) => true,
    }
    pair_of_http: (http::StatusCode, String) {
        (http::StatusCode::NOT_FOUND, String::new()) => false,
        (http::StatusCode::BAD_GATEWAY, String::new()) => true,
    }
    error_pair_of_http: Result<String, (http::StatusCode, String)> {
        Ok(String::new()) => false,
        Err((http::StatusCode::NOT_FOUND, String::new())) => false,
        Err((http::StatusCode::BAD_GATEWAY, String::new())) => true,
    }
    triple_of_http: (http::StatusCode, [u8; 1], String) {
        (http::StatusCode::NOT_FOUND, [1], String::new()) => false,
        (http::StatusCode::BAD_GATEWAY, [1], String::new()) => true,
    }
    boxed: Box<HttpResponse> {
        Box::new(response(404)) => false,
        Box::new(response(500)) => true,
    }
    shared: std::sync::Arc<http::Response<()>> {
        std::sync::Arc::new(http::Response::new(())) => false,
        std::sync::Arc::new(http::Response::builder().status(500).body(()).unwrap()) => true,
    }
    borrowed: &'static Result<u8, u8> { &Ok(1) => false, &Err(1) => true }
    result_of_box: Result<Box<HttpResponse>, Box<Refusal>> {
        Ok(Box::new(response(404))) => false,
        Ok(Box::new(response(500))) => true,
        Err(Box::new(Refusal(500))) => true,
    }
    box_of_result: Box<Result<HttpResponse, Refusal>> {
        Box::new(Ok(response(500))) => true,
        Box::new(Err(Refusal(404))) => false,
    }
    boxed_text: Box<str> { "".into() => false }
    boxed_number: Box<u8> { Box::new(5) => false }
    option_of_either_of_option: Option<Either<Option<Alias>, Box<HttpResponse>>> {
        None => false,
        Some(Either::Left(None)) => false,
        Some(Either::Left(Some(Ok(response(500))))) => true,
        Some(Either::Left(Some(Err(Refusal(404))))) => false,
        Some(Either::Right(Box::new(response(500)))) => true,
        Some(Either::Right(Box::new(response(404)))) => false,
    }
    number: Option<u8> { None => false, Some(5) => false }
}

#[instrument_metrics]
async fn responder(status: u16) -> impl Responder {
    response(status)
}

#[instrument_metrics]
fn responder_result(status: u16) -> impl Responder {
    if status < 600 { Ok(response(status)) } else { Err(Refusal(404)) }
}

#[instrument_metrics]
async fn responder_either(status: u16) -> impl Responder {
    if status < 600 { Either::Left(response(status)) } else { Either::Right("text") }
}

#[instrument_metrics]
async fn result_of_responder(status: u16) -> Result<impl Responder, Refusal> {
    if status < 600 { Ok(response(status)) } else { Err(Refusal(status - 600)) }
}

#[instrument_metrics]
fn future_of_responder(status: u16) -> impl Future<Output = impl Responder> {
    async move { response(status) }
}

#[instrument_metrics]
fn pair_of_responder(status: u16) -> (impl Responder, StatusCode) {
    ("text", code(status))
}

#[test]
fn what_is_behind_a_responder_says_how_it_ended() {
    for status in [200, 404, 500] {
        responder(status).now_or_never().unwrap();
        responder_result(status);
        responder_either(status).now_or_never().unwrap();
        let _ = result_of_responder(status).now_or_never().unwrap();
        future_of_responder(status).now_or_never().unwrap();
        let _ = pair_of_responder(status);
    }
    responder_result(600);
    responder_either(600).now_or_never().unwrap();
    let _ = result_of_responder(1004).now_or_never().unwrap();
    let _ = result_of_responder(1103).now_or_never().unwrap();
    assert_eq!(counted("responder"), (2, 1));
    assert_eq!(counted("responder_result"), (3, 1));
    assert_eq!(counted("responder_either"), (3, 1));
    assert_eq!(counted("result_of_responder"), (3, 2));
    assert_eq!(counted("future_of_responder"), (2, 1));
    assert_eq!(counted("pair_of_responder"), (2, 1));
}

fn is_negative(number: &i32) -> bool {
    *number < 0
}

fn is_empty(text: &str) -> bool {
    text.is_empty()
}

#[instrument_metrics(is_error = is_negative)]
fn decided(number: i32) -> i32 {
    number
}

#[instrument_metrics(is_error = is_empty)]
async fn decided_later(text: &str) -> String {
    text.to_owned()
}

#[instrument_metrics(is_error = Result::is_ok)]
fn turned_round(value: Result<u8, u8>) -> Result<u8, u8> {
    value
}

struct Store;

impl Store {
    fn is_missing(answer: &Option<u8>) -> bool {
        answer.is_none()
    }
}

#[instrument_metrics(is_error = Self::is_missing)]
impl Store {
    #[instrument_metrics(skip)]
    fn new() -> Store {
        Store
    }

    fn find(&self, value: Option<u8>) -> Option<u8> {
        value
    }

    fn find_later(&self, value: Option<u8>) -> impl Future<Output = Option<u8>> {
        async move { value }
    }
}

#[test]
fn a_function_decides_what_an_error_is() {
    for number in [-1, 0, 1] {
        decided(number);
    }
    assert_eq!(counted("decided"), (2, 1));
    decided_later("").now_or_never().unwrap();
    decided_later("a").now_or_never().unwrap();
    assert_eq!(counted("decided_later"), (1, 1));
    let _ = turned_round(Ok(1));
    assert_eq!(counted("turned_round"), (0, 1));
    Store::new().find(None);
    Store::new().find_later(Some(1)).now_or_never().unwrap();
    assert_eq!(counted("Store::find"), (0, 1));
    assert_eq!(counted("Store::find_later"), (1, 0));
}

/// What is run by hand.
#[derive(Metrics)]
#[metrics(namespace = "outcomes", global = OUTCOMES)]
struct OutcomesMetrics {
    /// Requests.
    requests: Calls,
}

#[test]
fn what_is_run_by_hand_ends_so_too() {
    OUTCOMES.requests.run(|| ());
    OUTCOMES.requests.run(|| response(404));
    OUTCOMES.requests.run(|| Some(response(500)));
    OUTCOMES.requests.start().end_as(&(http::StatusCode::BAD_GATEWAY, 1, 2));
    OUTCOMES.requests.start().end_as(&("", code(200)));
    assert_eq!(OUTCOMES.requests.count(Outcome::Ok), 3);
    assert_eq!(OUTCOMES.requests.count(Outcome::Error), 2);
}
