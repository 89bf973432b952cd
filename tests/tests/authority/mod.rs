//! A receiver of HTTP requests over TLS, and who signs its certificate.

use std::io::Write as _;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use crate::receiver::{Received, answer, serve};

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// An authority, which nobody else knows.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Authority(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Its own certificate, in PEM.
    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for a name and its key, in PEM.
    pub(crate) fn issue(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
    }

    /// Serves over TLS in the name of `localhost`; clients need a certificate of `clients`, if there is one.
    pub(crate) fn serve(&self, clients: Option<&Authority>) -> (String, Arc<Mutex<Vec<Received>>>) {
        use rustls::pki_types::pem::PemObject as _;
        let (certificate, key) = self.issue("localhost");
        let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
        let config = ServerConfig::builder_with_provider(provider());
        let config = config.with_safe_default_protocol_versions().unwrap();
        let config = match clients {
            None => config.with_no_client_auth(),
            Some(Authority(authority)) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.der().clone()).unwrap();
                let clients =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider());
                config.with_client_cert_verifier(clients.build().unwrap())
            }
        };
        let config = Arc::new(config.with_single_cert(vec![certificate], key).unwrap());
        let received = Arc::new(Mutex::new(Vec::new()));
        let all = received.clone();
        let address = serve(move |socket| {
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut stream = StreamOwned::new(connection, socket);
            let Some(one) = Received::read(&mut stream) else { return };
            all.lock().unwrap().push(one);
            let _ = stream.write_all(answer("200 OK", "", "").as_bytes());
            stream.conn.send_close_notify();
            let _ = stream.flush();
        });
        (format!("https://localhost:{}", address.port()), received)
    }
}
