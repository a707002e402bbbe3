//! Where a PostgreSQL database is, and whether what is said to it is encrypted.

use crate::{Result, StoreError};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject},
};
use rustls_platform_verifier::BuilderVerifierExt;
use std::{borrow::Cow, sync::Arc, time::Duration};
use tokio_postgres::{Config, config::SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A database's address, read.
#[derive(Clone)]
pub(super) struct Address {
    pub(super) config: Config,
    /// Used if `config` asks for encryption.
    pub(super) tls: MakeRustlsConnect,
}

impl Address {
    /// Reads an address. A password in it is never shown.
    ///
    /// `sslmode` is one of libpq's: with `require`, `verify-ca` or `verify-full` everything is encrypted and the server has to
    /// have a certificate for its name, from an authority that this machine trusts or whose certificate is in the file
    /// `sslrootcert`. Without it nothing is encrypted: encryption that is given up when somebody in between says so
    /// (`prefer`, `allow`) protects from nobody.
    pub(super) fn parse(url: &str) -> Result<Self> {
        let Asked { url, mode, roots } = Asked::read(url)?;
        let mut config: Config = url.parse().map_err(|e: tokio_postgres::Error| {
            let reason = source(&e);
            wrong(format!("{reason}; write it as postgres://user:password@host/database"))
        })?;
        config.ssl_mode(mode);
        if config.get_application_name().is_none() {
            config.application_name("konektor");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        config.keepalives_idle(Duration::from_secs(10));
        config.tcp_user_timeout(Duration::from_secs(15));
        let tls = match mode {
            SslMode::Require => verifying(roots.as_deref())?,
            // Nobody is trusted, and nobody is asked.
            _ => with_roots(RootCertStore::empty())?,
        };
        Ok(Self {
            config,
            tls: MakeRustlsConnect::new(tls),
        })
    }

    /// What the database is called, without who may enter it.
    pub(super) fn name(&self) -> String {
        let database = self.config.get_dbname().unwrap_or("of this user");
        format!("the database {database}")
    }
}

/// An address without what tokio-postgres does not know.
struct Asked<'u> {
    url: Cow<'u, str>,
    mode: SslMode,
    roots: Option<String>,
}

impl<'u> Asked<'u> {
    fn read(url: &'u str) -> Result<Self> {
        let mut asked = Self {
            url: url.into(),
            mode: SslMode::Disable,
            roots: None,
        };
        let Some((before, query)) = url.split_once('?') else {
            return Ok(asked);
        };
        let mut kept = Vec::new();
        for pair in query.split('&') {
            match pair.split_once('=') {
                Some(("sslmode", "disable")) => {}
                Some(("sslmode", "require" | "verify-ca" | "verify-full")) => asked.mode = SslMode::Require,
                Some(("sslmode", _)) => {
                    let reason = "sslmode is disable (nothing is encrypted), or require (everything is, and the server's \
                                  certificate is looked at)";
                    return Err(wrong(reason.to_owned()));
                }
                Some(("sslrootcert", "system")) => {}
                Some(("sslrootcert", file)) => {
                    let file = percent_encoding::percent_decode_str(file).decode_utf8();
                    let file = file.map_err(|_| wrong("sslrootcert is no file name".to_owned()))?;
                    asked.roots = Some(file.into_owned());
                }
                _ => kept.push(pair),
            }
        }
        if asked.roots.is_some() && asked.mode != SslMode::Require {
            return Err(wrong("with sslrootcert, sslmode=require is missing".to_owned()));
        }
        asked.url = match kept.is_empty() {
            true => before.into(),
            false => format!("{before}?{}", kept.join("&")).into(),
        };
        Ok(asked)
    }
}

/// Trusts the authorities of a file, or those of this machine.
fn verifying(roots: Option<&str>) -> Result<ClientConfig> {
    let Some(file) = roots else {
        let of_machine = builder()?.with_platform_verifier().map_err(|e| wrong(e.to_string()))?;
        return Ok(of_machine.with_no_client_auth());
    };
    let unusable = |reason: String| wrong(format!("sslrootcert={file} cannot be used: {reason}"));
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|e| unusable(e.to_string()))? {
        let certificate = certificate.map_err(|e| unusable(e.to_string()))?;
        store.add(certificate).map_err(|e| unusable(e.to_string()))?;
    }
    if store.is_empty() {
        return Err(unusable("there is no certificate in it".to_owned()));
    }
    with_roots(store)
}

fn with_roots(roots: RootCertStore) -> Result<ClientConfig> {
    Ok(builder()?.with_root_certificates(roots).with_no_client_auth())
}

fn builder() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>> {
    ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| wrong(e.to_string()))
}

fn wrong(reason: String) -> StoreError {
    StoreError::Address { reason }
}

fn source(error: &tokio_postgres::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str) -> String {
        match Address::parse(url) {
            Ok(_) => panic!("{url} was taken"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_password_is_in_no_error() {
        for url in [
            "postgres://konektor:hush@host:many/db",
            "postgres://konektor:hush@host/db?sslmode=prefer",
            "postgres://konektor:hush@host/db?sslmode=require&sslrootcert=/no/such/file",
        ] {
            let error = refused(url);
            assert!(!error.contains("hush"), "{error}");
        }
    }

    #[test]
    fn encryption_is_asked_for_or_not_there() {
        for (query, encrypted) in [
            ("", false),
            ("?sslmode=disable", false),
            ("?sslmode=require", true),
            ("?sslmode=verify-full&sslrootcert=system", true),
            ("?application_name=shop&sslmode=require&channel_binding=require", true),
        ] {
            let address = Address::parse(&format!("postgres://konektor@db.example/konektor{query}")).unwrap();
            let expected = if encrypted { SslMode::Require } else { SslMode::Disable };
            assert_eq!(address.config.get_ssl_mode(), expected, "{query}");
            assert_eq!(address.name(), "the database konektor");
        }
        let shop =
            Address::parse("postgres://konektor@db.example/konektor?application_name=shop&sslmode=require").unwrap();
        assert_eq!(shop.config.get_application_name(), Some("shop"));
    }

    #[test]
    fn what_would_protect_from_nobody_is_refused() {
        assert!(refused("postgres://db.example/konektor?sslmode=prefer").contains("sslmode is disable"));
        assert!(refused("postgres://db.example/konektor?sslrootcert=ca.pem").contains("sslmode=require is missing"));
        let file = tempfile::NamedTempFile::new().unwrap();
        let empty = format!(
            "postgres://db.example/konektor?sslmode=require&sslrootcert={}",
            file.path().display()
        );
        assert!(refused(&empty).contains("no certificate in it"));
    }
}
