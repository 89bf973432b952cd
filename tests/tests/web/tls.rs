//! The listener over TLS: who is let in, and what others see.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use measurand::Registry;
use measurand::actix::{Server, ServerHandle};
use measurand_tests::PATIENCE;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, StreamOwned};

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// An authority, which nobody else knows.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Authority(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn issue(&self) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        (vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        roots
    }
}

fn serve(config: ServerConfig) -> ServerHandle {
    let registry = Registry::new();
    let server = Server::bind("127.0.0.1:0").unwrap().registry(&registry);
    server.tls(config).spawn().unwrap()
}

/// What a client reads that trusts an authority, and may have a certificate.
fn get(
    address: SocketAddr,
    trusted: &Authority,
    identity: Option<&Authority>,
) -> std::io::Result<String> {
    let config = ClientConfig::builder_with_provider(provider());
    let config = config.with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(trusted.roots());
    let config = match identity {
        Some(authority) => {
            let (certificates, key) = authority.issue();
            config.with_client_auth_cert(certificates, key).unwrap()
        }
        None => config.with_no_client_auth(),
    };
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let socket = TcpStream::connect(address)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let mut stream = StreamOwned::new(connection, socket);
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    match stream.read_to_string(&mut answer) {
        // The connection may end without a farewell.
        Err(_) if answer.starts_with("HTTP/1.1 200") => Ok(answer),
        read => read.map(|_| answer),
    }
}

#[test]
fn metrics_are_read_over_tls_alone() {
    let (authority, other) = (Authority::new(), Authority::new());
    let (certificates, key) = authority.issue();
    let config = ServerConfig::builder_with_provider(provider());
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let server = serve(config.with_single_cert(certificates, key).unwrap());
    let address = server.local_addr();
    let answer = get(address, &authority, None).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(get(address, &other, None).is_err());

    let mut plain = TcpStream::connect(address).unwrap();
    plain.set_read_timeout(Some(PATIENCE)).unwrap();
    plain.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    server.stop();
}

#[test]
fn only_clients_with_a_certificate_are_let_in() {
    let (authority, other) = (Authority::new(), Authority::new());
    let (certificates, key) = authority.issue();
    let roots = Arc::new(authority.roots());
    let clients = WebPkiClientVerifier::builder_with_provider(roots, provider()).build().unwrap();
    let config = ServerConfig::builder_with_provider(provider());
    let config = config.with_safe_default_protocol_versions().unwrap();
    let config = config.with_client_cert_verifier(clients);
    let server = serve(config.with_single_cert(certificates, key).unwrap());
    let address = server.local_addr();
    assert!(get(address, &authority, Some(&authority)).unwrap().starts_with("HTTP/1.1 200"));
    assert!(get(address, &authority, None).is_err());
    assert!(get(address, &authority, Some(&other)).is_err());
    server.stop();
}
