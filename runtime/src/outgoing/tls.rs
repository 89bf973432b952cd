//! TLS: trusted authorities, and the client certificate.

use std::sync::Arc;

use rustls::RootCertStore;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
#[cfg(feature = "otlp-grpc")]
use tonic::transport::{ClientTlsConfig, Identity};
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

/// The trusted certificate authorities, and the client certificate.
#[derive(Clone)]
pub(super) struct Tls {
    roots: RootCerts,
    client: Option<ClientCert>,
    provider: Arc<CryptoProvider>,
    /// Both in PEM format, as the crate `tonic` expects them.
    #[cfg(feature = "otlp-grpc")]
    pem: Pem,
}

#[cfg(feature = "otlp-grpc")]
#[derive(Clone, Default)]
struct Pem {
    authority: Option<Vec<u8>>,
    client: Option<(Vec<u8>, Vec<u8>)>,
}

impl Default for Tls {
    fn default() -> Tls {
        let provider = Arc::new(ring::default_provider());
        Tls {
            roots: RootCerts::WebPki,
            client: None,
            provider,
            #[cfg(feature = "otlp-grpc")]
            pem: Pem::default(),
        }
    }
}

impl Tls {
    pub(super) fn config(&self) -> TlsConfig {
        TlsConfig::builder()
            .root_certs(self.roots.clone())
            .client_cert(self.client.clone())
            .unversioned_rustls_crypto_provider(self.provider.clone())
            .build()
    }

    /// Returns the configuration for gRPC.
    #[cfg(feature = "otlp-grpc")]
    pub(super) fn of_grpc(&self) -> ClientTlsConfig {
        let config = ClientTlsConfig::new();
        let config = match &self.pem.authority {
            Some(pem) => config.ca_certificate(tonic::transport::Certificate::from_pem(pem)),
            None => config.with_webpki_roots(),
        };
        match &self.pem.client {
            Some((certificate, key)) => config.identity(Identity::from_pem(certificate, key)),
            None => config,
        }
    }

    pub(super) fn trust(&mut self, pem: &[u8]) -> Result<(), String> {
        let certificates = certificates("the certificate authority", pem)?;
        let mut roots = RootCertStore::empty();
        for certificate in &certificates {
            roots
                .add(certificate.clone())
                .map_err(|error| format!("the certificate authority cannot be used: {error}"))?;
        }
        let certificates = certificates.iter().map(|it| Certificate::from_der(it).to_owned());
        self.roots = certificates.into();
        #[cfg(feature = "otlp-grpc")]
        {
            self.pem.authority = Some(pem.to_vec());
        }
        Ok(())
    }

    pub(super) fn identify(&mut self, certificate: &[u8], key: &[u8]) -> Result<(), String> {
        let chain = certificates("the client certificate", certificate)?;
        let der = PrivateKeyDer::from_pem_slice(key).map_err(|_| {
            "the key of the client certificate is not a private key in PEM format".to_owned()
        })?;
        // Check that they belong together, since `ureq` panics if they do not.
        CertifiedKey::from_der(chain.clone(), der, &self.provider)
            .map_err(|error| format!("the client certificate cannot be used: {error}"))?;
        let chain: Vec<_> = chain.iter().map(|it| Certificate::from_der(it).to_owned()).collect();
        let private_key = PrivateKey::from_pem(key).map_err(|error| error.to_string())?;
        self.client = Some(ClientCert::new_with_certs(&chain, private_key));
        #[cfg(feature = "otlp-grpc")]
        {
            self.pem.client = Some((certificate.to_vec(), key.to_vec()));
        }
        Ok(())
    }
}

fn certificates(what: &str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        _ => Err(format!("{what} is not a certificate in PEM format")),
    }
}
