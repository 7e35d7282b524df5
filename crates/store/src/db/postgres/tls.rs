//! Encrypting the way to a PostgreSQL server.
//!
//! A server elsewhere is reached by TLS and must prove its name, unless the address says
//! `sslmode=disable`. One on this machine is reached without, unless the address asks for it.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::Error;

/// Certificates of the authorities that this machine trusts.
const TRUSTED: &str = "/etc/ssl/certs/ca-certificates.crt";
/// Names another file of them.
const FILE: &str = "SSL_CERT_FILE";

/// How an address is to be reached.
pub(super) struct Way {
    /// The connection's settings.
    pub config: Config,
    /// What proves the server's name and encrypts; none on this machine.
    pub tls: Option<MakeRustlsConnect>,
}

/// Reads an address.
///
/// Of libpq's parameters for TLS it knows `sslmode` (`disable`, `require`, `verify-full`; the last two
/// are one) and `sslrootcert`, a PEM file of the authorities to trust instead of this machine's.
///
/// # Errors
/// What is wrong with the address or the file of authorities.
pub(super) fn way(url: &str) -> Result<Way, Error> {
    let asked = Asked::of(url)?;
    let mut config: Config = asked.url.parse().map_err(|error| bad(&error))?;
    let encrypted = match asked.mode.as_deref() {
        None => !is_here(&config),
        Some("disable") => false,
        Some("require" | "verify-full") => true,
        Some(other) => {
            return Err(bad(&format!("sslmode is disable, require or verify-full, not `{other}`")));
        }
    };
    if !encrypted {
        config.ssl_mode(SslMode::Disable);
        return Ok(Way { config, tls: None });
    }
    config.ssl_mode(SslMode::Require);
    let named = std::env::var(FILE).ok();
    let roots = asked.roots.as_deref().or(named.as_deref()).unwrap_or(TRUSTED);
    let tls = Some(MakeRustlsConnect::new(client(roots)?));
    Ok(Way { config, tls })
}

/// An address without what is only known here.
struct Asked {
    url: String,
    mode: Option<String>,
    roots: Option<String>,
}

impl Asked {
    fn of(url: &str) -> Result<Asked, Error> {
        let Some((address, parameters)) = url.split_once('?') else {
            return Ok(Asked { url: url.to_owned(), mode: None, roots: None });
        };
        let (mut mode, mut roots, mut rest) = (None, None, Vec::new());
        for parameter in parameters.split('&') {
            match parameter.split_once('=') {
                Some(("sslmode", value)) => mode = Some(decoded(value)?),
                Some(("sslrootcert", value)) => roots = Some(decoded(value)?),
                _ => rest.push(parameter),
            }
        }
        let separator = if rest.is_empty() { "" } else { "?" };
        Ok(Asked { url: format!("{address}{separator}{}", rest.join("&")), mode, roots })
    }
}

fn decoded(text: &str) -> Result<String, Error> {
    let text = percent_encoding::percent_decode_str(text).decode_utf8();
    text.map(Cow::into_owned).map_err(|error| bad(&error))
}

/// Whether every server that may answer is this machine.
fn is_here(config: &Config) -> bool {
    let host = |host: &Host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
        }
    };
    config.get_hosts().iter().all(host) && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

fn client(roots: &str) -> Result<ClientConfig, Error> {
    let broken = |reason: &dyn std::fmt::Display| bad(&format!("authorities in {roots}: {reason}"));
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(roots).map_err(|error| broken(&error))? {
        let certificate = certificate.map_err(|error| broken(&error))?;
        store.add(certificate).map_err(|error| broken(&error))?;
    }
    if store.is_empty() {
        return Err(broken(&"there is none"));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let client = client.map_err(|error| bad(&error))?;
    Ok(client.with_root_certificates(store).with_no_client_auth())
}

fn bad(reason: &dyn std::fmt::Display) -> Error {
    Error::Unavailable(format!("database address: {reason}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_server_elsewhere_is_reached_by_tls_and_one_here_only_when_asked() {
        let check = |url: &str, expected: Option<bool>| {
            let found = way(url).map(|way| way.tls.is_some());
            assert_eq!(found.ok(), expected, "{url}");
        };
        let roots = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        check("postgres://u:p@localhost/d", Some(false));
        check("postgres://u:p@127.0.0.1:5433/d?connect_timeout=3", Some(false));
        check("postgres://u:p@%2Frun%2Fpostgresql/d", Some(false));
        check("postgres://u:p@db.bank.example/d?sslmode=disable", Some(false));
        // The name is of this machine, the address is not.
        check(&format!("postgres://u:p@localhost/d?hostaddr=10.0.0.1&sslrootcert={roots}"), None);
        check("postgres://u:p@localhost/d?hostaddr=127.0.0.1", Some(false));
        check("postgres://u:p@db.bank.example/d?sslmode=prefer", None);
        check("postgres://u:p@localhost/d?sslmode=require&sslrootcert=%2", None);
        check(&format!("postgres://u:p@db.bank.example/d?sslrootcert={roots}"), None);
        check("postgres://u:p@db.bank.example/d?sslrootcert=/nowhere", None);
    }

    #[test]
    fn what_else_an_address_says_is_kept() {
        let asked =
            Asked::of("postgres://h/d?sslmode=require&a=b&sslrootcert=%2Fx%20y&c=d").unwrap();
        assert_eq!(asked.url, "postgres://h/d?a=b&c=d");
        assert_eq!(
            (asked.mode.as_deref(), asked.roots.as_deref()),
            (Some("require"), Some("/x y"))
        );
        assert_eq!(Asked::of("postgres://h/d?sslmode=require").unwrap().url, "postgres://h/d");
    }
}
