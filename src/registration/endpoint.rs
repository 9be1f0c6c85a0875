//! Where the API server calls.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use k8s_openapi::api::admissionregistration::v1::{ServiceReference, WebhookClientConfig};

/// The port of a Service of which none is named.
const PORT: u16 = 443;

/// The Service in front of Seawall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its namespace, which is Seawall's own.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The port that it listens on.
    pub port: u16,
}

/// Where the API server calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A Service of the cluster.
    Service(Service),
    /// An address that the API server can reach without the cluster's network: `https://HOST[:PORT][/PATH]`.
    Url(String),
}

/// Why an endpoint is none.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EndpointError {
    /// The parts of a Service are not told apart.
    #[error("`{0}` is not NAMESPACE/NAME or NAMESPACE/NAME:PORT")]
    Form(String),
    /// A part cannot be the name of a namespace or of a Service.
    #[error("`{0}` is not a name: lower case letters, digits and `-`, at most 63")]
    Name(String),
    /// The port is none.
    #[error("`{0}` is not a port from 1 to 65535")]
    Port(String),
    /// The API server would not call the address.
    #[error("`{0}` is not https://HOST[:PORT][/PATH], without user, query and fragment")]
    Url(String),
}

impl Endpoint {
    /// An address, without the slash at its end.
    pub fn url(text: &str) -> Result<Self, EndpointError> {
        let malformed = || EndpointError::Url(text.to_owned());
        let rest = text.strip_prefix("https://").ok_or_else(malformed)?;
        let is_plain =
            !rest.contains(['?', '#', '@', '\\', '"']) && rest.chars().all(|it| it.is_ascii_graphic());
        let authority = rest.split_once('/').map_or(rest, |(authority, _)| authority);
        // An IPv6 address stands in brackets, and has colons of its own.
        let (host, port) = match authority.strip_prefix('[').map(|rest| rest.split_once(']')) {
            Some(bracketed) => {
                let (host, port) = bracketed.ok_or_else(malformed)?;
                host.parse::<Ipv6Addr>().map_err(|_| malformed())?;
                (
                    host,
                    Some(port)
                        .filter(|it| !it.is_empty())
                        .map(|it| it.strip_prefix(':').ok_or_else(malformed)),
                )
            }
            None => match authority.split_once(':') {
                Some((host, port)) => (host, Some(Ok(port))),
                None => (authority, None),
            },
        };
        if !is_plain || host.is_empty() {
            return Err(malformed());
        }
        port.transpose()?.map(read_port).transpose()?;
        Ok(Self::Url(text.trim_end_matches('/').to_owned()))
    }

    /// How the API server is told to call a path.
    pub(super) fn client_config(&self, path: &str) -> WebhookClientConfig {
        match self {
            Self::Service(service) => WebhookClientConfig {
                service: Some(ServiceReference {
                    namespace: service.namespace.clone(),
                    name: service.name.clone(),
                    port: Some(i32::from(service.port)),
                    path: Some(path.to_owned()),
                }),
                ..WebhookClientConfig::default()
            },
            Self::Url(base) => {
                WebhookClientConfig { url: Some(format!("{base}{path}")), ..WebhookClientConfig::default() }
            }
        }
    }
}

impl Service {
    /// The name for which API servers verify the certificate of a Service.
    pub fn server_name(&self) -> String {
        server_name(&self.namespace, &self.name)
    }
}

/// The name for which API servers verify the certificate of a Service, which they call by no other.
pub fn server_name(namespace: &str, name: &str) -> String {
    format!("{name}.{namespace}.svc")
}

/// Whether the API takes a text for the name of a namespace or of a Service, or for a part of a longer name: a DNS label.
pub fn is_label(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len())
        && text.bytes().all(is_inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { namespace, name, port } = self;
        write!(f, "{namespace}/{name}:{port}")
    }
}

impl FromStr for Service {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        let (namespace, rest) = text.split_once('/').ok_or_else(|| EndpointError::Form(text.to_owned()))?;
        let (name, port) = rest.split_once(':').map_or((rest, None), |(name, port)| (name, Some(port)));
        let port = match port {
            None => PORT,
            Some(port) => read_port(port)?,
        };
        for part in [namespace, name] {
            if !is_label(part) {
                return Err(EndpointError::Name(part.to_owned()));
            }
        }
        Ok(Self { namespace: namespace.to_owned(), name: name.to_owned(), port })
    }
}

fn read_port(text: &str) -> Result<u16, EndpointError> {
    let digits = Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let port = digits.and_then(|text| text.parse().ok()).filter(|port| *port > 0);
    port.ok_or_else(|| EndpointError::Port(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_read() {
        for (text, expected) in [
            ("seawall/seawall", Ok("seawall/seawall:443")),
            ("guards/sea-wall:8443", Ok("guards/sea-wall:8443")),
            ("seawall", Err(EndpointError::Form("seawall".into()))),
            ("/seawall", Err(EndpointError::Name(String::new()))),
            ("a/b/c", Err(EndpointError::Name("b/c".into()))),
            ("seawall/Seawall", Err(EndpointError::Name("Seawall".into()))),
            ("seawall/seawall-", Err(EndpointError::Name("seawall-".into()))),
            ("seawall/seawall:0", Err(EndpointError::Port("0".into()))),
            ("seawall/seawall:+443", Err(EndpointError::Port("+443".into()))),
            ("seawall/seawall:https", Err(EndpointError::Port("https".into()))),
        ] {
            let read = text.parse::<Service>().map(|service| service.to_string());
            assert_eq!(read, expected.map(str::to_owned), "{text}");
        }
    }

    #[test]
    fn addresses_are_those_that_the_api_server_calls() {
        for (text, expected) in [
            ("https://seawall.example", Some("https://seawall.example/validate")),
            ("https://127.0.0.1:8443/", Some("https://127.0.0.1:8443/validate")),
            ("https://[::1]:8443/guard/", Some("https://[::1]:8443/guard/validate")),
            ("http://seawall.example", None),
            ("https://", None),
            ("https:///validate", None),
            ("https://you@seawall.example", None),
            ("https://seawall.example?a=b", None),
            ("https://seawall.example/#a", None),
            ("https://sea wall.example", None),
            ("https://seawall.example:65535", Some("https://seawall.example:65535/validate")),
            ("https://seawall.example:65536", None),
            ("https://seawall.example:0", None),
            ("https://seawall.example:+443", None),
            ("https://seawall.example:https", None),
            ("https://seawall.example:", None),
            ("https://seawall.example:443:443", None),
            ("https://:443", None),
            ("https://[::1]", Some("https://[::1]/validate")),
            ("https://[::1]:99999", None),
            ("https://[::1]8443", None),
            ("https://[::1", None),
            ("https://[seawall]:443", None),
        ] {
            let url = Endpoint::url(text).ok().and_then(|endpoint| endpoint.client_config("/validate").url);
            assert_eq!(url.as_deref(), expected, "{text}");
        }
    }
}
