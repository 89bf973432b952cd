//! OTLP over gRPC: what a receiver is sent, and what becomes of its answers.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{io, thread};

use crate::otlp_messages::{Data, NumberValue, decoded, pairs};
use http::Request as HttpRequest;
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use measurand::export::{ExportError, Exporters, Exporting};
use measurand::otlp::{OtlpExporter, Resource};
use measurand::outgoing::{Destination, SendError};
use measurand::runtime::{FamilyOptions, RuntimeMetric};
use measurand::{Counter, Registered, Registry};
use measurand_tests::{PATIENCE, sample, until};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::MetadataMap;
use tonic::server::UnaryService;
use tonic::{Code, Request, Response, Status};

/// A call, as it came.
#[derive(Clone, Debug)]
struct Received {
    method: String,
    headers: MetadataMap,
    message: Vec<u8>,
}

impl Received {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// What the counter was.
    #[track_caller]
    fn things(&self) -> i64 {
        let mut resources = decoded(&self.message).resource_metrics;
        let metrics = resources.remove(0).scope_metrics.remove(0).metrics;
        let metric = metrics.iter().find(|metric| metric.name == "called_things_total").unwrap();
        let Some(Data::Sum(sum)) = &metric.data else { panic!("{metric:?}") };
        let Some(NumberValue::Int(value)) = sum.data_points[0].value else { panic!("{metric:?}") };
        value
    }
}

type Answer = dyn Fn(usize, &Received) -> Result<Vec<u8>, Status> + Send + Sync;

/// A service that keeps what it was called with.
#[derive(Clone)]
struct Receiver {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    answer: Arc<Answer>,
}

impl Receiver {
    /// One that answers by what `answer` makes of the number of the call.
    fn new(
        answer: impl Fn(usize, &Received) -> Result<Vec<u8>, Status> + Send + Sync + 'static,
    ) -> Receiver {
        Receiver::start(answer, None)
    }

    fn friendly() -> Receiver {
        Receiver::new(|_, _| Ok(Vec::new()))
    }

    fn start(
        answer: impl Fn(usize, &Received) -> Result<Vec<u8>, Status> + Send + Sync + 'static,
        tls: Option<ServerConfig>,
    ) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let receiver = Receiver { address, received: Arc::default(), answer: Arc::new(answer) };
        let serving = receiver.clone();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                let tls = tls.map(|tls| TlsAcceptor::from(Arc::new(tls)));
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    let (receiver, tls) = (serving.clone(), tls.clone());
                    tokio::spawn(async move {
                        match tls {
                            None => receiver.serve(stream).await,
                            Some(tls) => {
                                if let Ok(stream) = tls.accept(stream).await {
                                    receiver.serve(stream).await;
                                }
                            }
                        }
                    });
                }
            });
        });
        receiver
    }

    async fn serve(self, stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send) {
        let call = move |request: HttpRequest<Incoming>| {
            let receiver = self.clone();
            async move {
                let method = request.uri().path().to_owned();
                let call = Call { receiver, method };
                let mut grpc = tonic::server::Grpc::new(BytesCodec)
                    .accept_compressed(CompressionEncoding::Gzip);
                Ok::<_, Infallible>(grpc.unary(call, request).await)
            }
        };
        let connection = http2::Builder::new(TokioExecutor::new());
        let _ = connection.serve_connection(TokioIo::new(stream), service_fn(call)).await;
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

struct Call {
    receiver: Receiver,
    method: String,
}

impl UnaryService<Vec<u8>> for Call {
    type Response = Vec<u8>;
    type Future = Ready<Result<Response<Vec<u8>>, Status>>;

    fn call(&mut self, request: Request<Vec<u8>>) -> Self::Future {
        let (headers, _, message) = request.into_parts();
        let one = Received { method: self.method.clone(), headers, message };
        let mut all = self.receiver.received.lock().unwrap();
        all.push(one.clone());
        ready((self.receiver.answer)(all.len() - 1, &one).map(Response::new))
    }
}

struct BytesCodec;

impl Codec for BytesCodec {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = BytesCodec;
    type Decoder = BytesCodec;

    fn encoder(&mut self) -> BytesCodec {
        BytesCodec
    }

    fn decoder(&mut self) -> BytesCodec {
        BytesCodec
    }
}

impl Encoder for BytesCodec {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, message: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        bytes::BufMut::put_slice(buffer, &message);
        Ok(())
    }
}

impl Decoder for BytesCodec {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let mut message = vec![0; bytes::Buf::remaining(buffer)];
        bytes::Buf::copy_to_slice(buffer, &mut message);
        Ok(Some(message))
    }
}

/// Longer than any test takes.
const NEVER: Duration = Duration::from_secs(100_000);

fn exporter(url: &str) -> OtlpExporter {
    let destination = Destination::new(url).unwrap();
    OtlpExporter::grpc(destination, Resource::new("tested")).interval(NEVER)
}

/// A registry with a counter.
fn counted() -> (Registry, Registered<RuntimeMetric<Counter>>) {
    let registry = Registry::new();
    let things = FamilyOptions::new("called_things_total", "Things.");
    let things = things.register_unlabelled(&registry).unwrap();
    (registry, things)
}

fn start(registry: &Registry, exporter: OtlpExporter) -> Exporting {
    Exporters::new().registry(registry).exporter(exporter).start().unwrap()
}

/// Why the only exporter has failed.
#[track_caller]
fn failure(exporting: &Exporting) -> SendError {
    let error = exporting.flush(PATIENCE).unwrap_err();
    let failures: Vec<_> = error.failures().collect();
    let [("otlp", ExportError::Send(error))] = *failures else { panic!("{failures:?}") };
    error.downcast_ref::<SendError>().unwrap().clone()
}

#[test]
fn an_export_is_a_call() {
    let receiver = Receiver::friendly();
    let (registry, counter) = counted();
    counter.inc_by(3);
    let exporting = start(&registry, exporter(&receiver.url()));
    exporting.flush(PATIENCE).unwrap();
    counter.inc();
    exporting.shutdown(PATIENCE).unwrap();
    let received = receiver.received();
    let [first, second] = &*received else { panic!("{received:?}") };
    const METHOD: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
    assert_eq!(first.method, METHOD);
    assert_eq!(first.header("content-type"), Some("application/grpc"));
    assert_eq!(first.header("grpc-encoding"), None);
    assert_eq!((first.things(), second.things()), (3, 4));
    let resource = decoded(&first.message).resource_metrics.remove(0).resource.unwrap();
    assert!(pairs(&resource.attributes).contains(&("service.name", "tested")));
}

#[test]
fn what_is_compressed_is_the_same() {
    let receiver = Receiver::friendly();
    let (registry, counter) = counted();
    counter.inc_by(7);
    let exporting = start(&registry, exporter(&receiver.url()).gzip(true));
    exporting.flush(PATIENCE).unwrap();
    let received = &receiver.received()[0];
    assert_eq!(received.header("grpc-encoding"), Some("gzip"));
    assert_eq!(received.things(), 7);
}

#[test]
fn headers_are_sent_and_secrets_are_not_shown() {
    let receiver = Receiver::new(|_, received| {
        let secret = received.header("authorization").unwrap_or_default();
        Err(Status::permission_denied(format!("who is {secret}?")))
    });
    let (registry, _counter) = counted();
    let destination = Destination::new(&receiver.url())
        .and_then(|destination| destination.header("X-Scope-OrgID", "tenant-7"))
        .and_then(|destination| destination.bearer("hunter2hunter2"))
        .unwrap();
    let exporter = OtlpExporter::grpc(destination, Resource::new("tested"));
    assert!(!format!("{exporter:?}").contains("hunter2"));
    let exporting = start(&registry, exporter.interval(NEVER));
    let error = failure(&exporting);
    assert!(matches!(error, SendError::Status { code: 7, .. }), "{error:?}");
    assert!(error.to_string().contains("PERMISSION_DENIED (7): who is"), "{error}");
    for shown in [error.to_string(), format!("{error:?}"), format!("{exporting:?}")] {
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    let received = &receiver.received()[0];
    assert_eq!(received.header("x-scope-orgid"), Some("tenant-7"));
    assert_eq!(received.header("authorization"), Some("Bearer hunter2hunter2"));
}

/// `google.rpc.Status` with a `RetryInfo` of no time at all.
fn retry_info() -> Vec<u8> {
    let kind = b"type.googleapis.com/google.rpc.RetryInfo";
    let info = [0x0a, 0x00];
    let mut any = vec![0x0a, kind.len() as u8];
    any.extend_from_slice(kind);
    any.extend_from_slice(&[0x12, info.len() as u8]);
    any.extend_from_slice(&info);
    let mut status = vec![0x08, Code::ResourceExhausted as u8, 0x1a, any.len() as u8];
    status.extend_from_slice(&any);
    status
}

#[test]
fn some_statuses_are_tried_again_and_others_are_not() {
    const RETRIED: [Code; 6] = [
        Code::Cancelled,
        Code::DeadlineExceeded,
        Code::Aborted,
        Code::OutOfRange,
        Code::Unavailable,
        Code::DataLoss,
    ];
    for code in (1..=16).map(Code::from_i32) {
        let receiver = Receiver::new(move |index, _| match index {
            0 => Err(Status::new(code, "not now")),
            _ => Ok(Vec::new()),
        });
        let (registry, _counter) = counted();
        let exporting = start(&registry, exporter(&receiver.url()));
        if RETRIED.contains(&code) {
            exporting.flush(PATIENCE).unwrap();
            let received = receiver.received();
            assert_eq!(received.len(), 2, "{code:?}");
            assert_eq!(received[0].message, received[1].message);
        } else {
            let error = failure(&exporting);
            assert!(matches!(error, SendError::Status { code: it, .. } if it == code as i32));
            assert!(error.to_string().contains("): not now"), "{error}");
            assert_eq!(receiver.received().len(), 1, "{code:?}");
        }
    }
    // One that is full says whether there will be room.
    let receiver = Receiver::new(|index, _| match index {
        0 => Err(Status::with_details(Code::ResourceExhausted, "full", retry_info().into())),
        _ => Ok(Vec::new()),
    });
    let (registry, _counter) = counted();
    let exporting = start(&registry, exporter(&receiver.url()));
    exporting.flush(PATIENCE).unwrap();
    assert_eq!(receiver.received().len(), 2);
}

#[test]
fn points_that_are_not_taken_are_counted_and_not_sent_again() {
    // `partial_success { rejected_data_points: 1, error_message: "old" }`.
    let receiver = Receiver::new(|_, _| Ok(b"\x0a\x07\x08\x01\x12\x03old".to_vec()));
    let (registry, _counter) = counted();
    let shown = Registry::new();
    let exporters = Exporters::new().registry(&registry).metrics(&shown).unwrap();
    let exporting = exporters.exporter(exporter(&receiver.url())).start().unwrap();
    exporting.flush(PATIENCE).unwrap();
    let rejected = "measurand_rejected_points_total{exporter=\"otlp\"}";
    assert_eq!(sample(&shown.to_text(), rejected), 1.0);
    assert_eq!(receiver.received().len(), 1);
}

#[test]
fn a_connection_that_was_closed_is_made_anew() {
    let receiver = Receiver::friendly();
    let (registry, counter) = counted();
    // All of what comes is passed on, to a receiver that closes after each export.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let closing = Arc::new(Mutex::new(Vec::<TcpStream>::new()));
    let (connections, to) = (closing.clone(), receiver.address);
    thread::spawn(move || {
        for client in listener.incoming().map(Result::unwrap) {
            let server = TcpStream::connect(to).unwrap();
            let both = [(&client, &server), (&server, &client)];
            for (from, to) in both.map(|(a, b)| (a.try_clone().unwrap(), b.try_clone().unwrap())) {
                thread::spawn(move || io::copy(&mut &from, &mut &to));
            }
            connections.lock().unwrap().extend([client, server]);
        }
    });
    let exporting = start(&registry, exporter(&format!("http://{address}")));
    for _ in 0..3 {
        counter.inc();
        exporting.flush(PATIENCE).unwrap();
        for stream in closing.lock().unwrap().drain(..) {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }
    let things: Vec<_> = receiver.received().iter().map(Received::things).collect();
    assert_eq!(things, [1, 2, 3]);
}

#[test]
fn exports_go_on_inside_of_a_runtime_and_after_it() {
    let receiver = Receiver::friendly();
    let (registry, _counter) = counted();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let exporting = runtime.block_on(async {
        let exporting = start(&registry, exporter(&receiver.url()));
        exporting.flush(PATIENCE).unwrap();
        exporting
    });
    drop(runtime);
    exporting.shutdown(PATIENCE).unwrap();
    assert_eq!(receiver.received().len(), 2);
}

/// The error is there within the time limit, the next export is tried, and so is a shutdown.
#[track_caller]
fn check_hostile(hostile: impl Fn(TcpStream) + Send + Sync + 'static) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            hostile(stream.unwrap());
        }
    });
    let (registry, _counter) = counted();
    let destination = Destination::new(&format!("http://{address}")).unwrap();
    let destination = destination.timeout(Duration::from_millis(400));
    let exporter = OtlpExporter::grpc(destination, Resource::new("tested"));
    let shown = Registry::new();
    let exporters = Exporters::new().registry(&registry).metrics(&shown).unwrap();
    let exporter = exporter.interval(Duration::from_millis(500));
    let exporting = exporters.exporter(exporter).start().unwrap();
    failure(&exporting);
    until("a further export", || {
        let text = shown.to_text();
        let failed = sample(&text, "measurand_exports_total{exporter=\"otlp\",result=\"failed\"}");
        (failed >= 3.0).then_some(())
    });
    let start = Instant::now();
    assert!(exporting.shutdown(Duration::from_secs(2)).is_err());
    assert!(start.elapsed() < PATIENCE / 2);
}

#[test]
fn a_receiver_that_never_answers_costs_one_export_at_a_time() {
    let held = Mutex::new(Vec::new());
    check_hostile(move |stream| held.lock().unwrap().push(stream));
}

#[test]
fn a_receiver_that_cuts_off_costs_one_export_at_a_time() {
    check_hostile(drop);
}

#[test]
fn a_receiver_that_talks_garbage_costs_one_export_at_a_time() {
    check_hostile(|mut stream| {
        drop(io::Write::write_all(&mut stream, b"220 mail.internal ESMTP\r\n"));
    });
}

#[test]
fn a_receiver_that_drips_costs_one_export_at_a_time() {
    check_hostile(|mut stream| {
        // Settings without end.
        while io::Write::write_all(&mut stream, &[0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1])
            .is_ok()
        {
            thread::sleep(Duration::from_millis(50));
        }
    });
}

#[test]
fn where_nobody_listens_it_is_said() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (registry, _counter) = counted();
    let destination = Destination::new(&format!("http://{address}")).unwrap();
    let destination = destination.timeout(Duration::from_millis(300));
    let exporter = OtlpExporter::grpc(destination, Resource::new("tested")).interval(NEVER);
    let error = failure(&start(&registry, exporter));
    assert!(matches!(error, SendError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains("onnection refused"), "{error}");
}

#[test]
fn an_answer_without_end_is_not_read() {
    let receiver = Receiver::new(|_, _| Ok(vec![0; 4 << 20]));
    let (registry, _counter) = counted();
    let exporting = start(&registry, exporter(&receiver.url()));
    let error = failure(&exporting);
    assert!(error.to_string().contains("too large"), "{error}");
    assert_eq!(receiver.received().len(), 1);
}

#[test]
fn tls_knows_the_receiver_and_the_receiver_the_sender() {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_pem = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = Issuer::new(authority, authority_key);
    let signed = |name: &str| {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &issuer).unwrap().pem(), key.serialize_pem())
    };
    let (server_pem, server_key) = signed("localhost");
    let (client_pem, client_key) = signed("sender");
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority_pem.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(clients.build().unwrap())
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(server_pem.as_bytes()).unwrap()],
            PrivateKeyDer::from_pem_slice(server_key.as_bytes()).unwrap(),
        )
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let receiver = Receiver::start(|_, _| Ok(Vec::new()), Some(config));
    let url = format!("https://localhost:{}", receiver.address.port());
    let (registry, _counter) = counted();
    let destination = |limit| Destination::new(&url).unwrap().timeout(limit);
    let export = |destination| {
        let exporter = OtlpExporter::grpc(destination, Resource::new("tested")).interval(NEVER);
        let exporting = start(&registry, exporter);
        // Dropped, it would export once more.
        (exporting.flush(PATIENCE), exporting)
    };
    let trusting =
        |limit| destination(limit).certificate_authority(authority_pem.as_bytes()).unwrap();
    let known = trusting(PATIENCE).client_certificate(client_pem.as_bytes(), client_key.as_bytes());
    let (exported, _exporting) = export(known.unwrap());
    exported.unwrap();
    let short = Duration::from_millis(300);
    for stranger in [destination(short), trusting(short)] {
        assert!(export(stranger).0.is_err());
    }
    assert_eq!(receiver.received().len(), 1);
}
