//! Addresses of machines in texts.

use std::borrow::Cow;
// The addresses alone, without sockets.
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The addresses in a text that belong to one machine somewhere.
pub(super) fn all(text: &str) -> impl Iterator<Item = IpAddr> {
    let mut before = "";
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            rest = rest.trim_start_matches(|char| !is_part(char));
            if rest.is_empty() {
                return None;
            }
            let end = rest.find(|char| !is_part(char)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            let follows_version = ends_in_version(std::mem::replace(&mut before, word));
            rest = after;
            let address = parse(word).filter(|address| is_of_a_machine(*address));
            let is_network =
                after.strip_prefix('/').is_some_and(|it| it.starts_with(|char: char| char.is_ascii_digit()));
            if address.is_some() && !is_network && !follows_version {
                return address;
            }
        }
    })
}

/// Addresses from one up to another, written with the number of bits that they have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Network {
    base: IpAddr,
    bits: u8,
}

impl Network {
    /// Whether it has this address.
    pub(super) fn has(self, address: IpAddr) -> bool {
        let differs = match (self.base, address) {
            (IpAddr::V4(base), IpAddr::V4(address)) => u128::from(base.to_bits() ^ address.to_bits()) << 96,
            (IpAddr::V6(base), IpAddr::V6(address)) => base.to_bits() ^ address.to_bits(),
            _ => return false,
        };
        differs.leading_zeros() >= u32::from(self.bits)
    }

    fn parse(text: &str) -> Option<Self> {
        let (base, bits) = text.split_once('/')?;
        let base: IpAddr = base.parse().ok()?;
        let most = if base.is_ipv4() { 32 } else { 128 };
        let bits = bits.parse().ok().filter(|bits| *bits <= most)?;
        Some(Self { base, bits })
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let error = || serde::de::Error::custom(format!("`{text}` is no network, such as `10.0.0.0/8`"));
        Self::parse(&text).ok_or_else(error)
    }
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}/{}", self.base, self.bits))
    }
}

impl JsonSchema for Network {
    fn schema_name() -> Cow<'static, str> {
        "Network".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9a-fA-F.:]+/[0-9]{1,3}$" })
    }
}

/// What addresses are made of, and what makes something else of them: a range, a name, a longer version.
fn is_part(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '.' | ':' | '-' | '_' | '[' | ']')
}

/// An address, or one with a port.
fn parse(word: &str) -> Option<IpAddr> {
    let word = word.trim_end_matches(['.', ':', '-']);
    // Most words end here: an address begins with a digit, or has a colon in it.
    let v4 = || word.split(':').next()?.parse::<Ipv4Addr>().ok();
    if word.starts_with(|char: char| char.is_ascii_digit()) && word.contains('.') {
        let has_port =
            word.split_once(':').is_none_or(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
        return v4().filter(|_| has_port).map(IpAddr::V4);
    }
    if !word.contains("::") && word.matches(':').count() < 7 {
        return None;
    }
    let bare = || word.trim_start_matches('[').trim_end_matches(']').parse::<Ipv6Addr>().ok();
    let with_port = || word.parse::<SocketAddr>().ok().map(|it| it.ip());
    bare().map(IpAddr::V6).or_else(with_port)
}

fn is_of_a_machine(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, .., last] = address.octets();
            // Networks end in zero; `192.0.2.0/24` and two others are for examples.
            let is_general = address.is_loopback() || address.is_link_local() || address.is_documentation();
            !is_general && first != 0 && first < 224 && last != 0
        }
        IpAddr::V6(address) => {
            let [first, second, ..] = address.segments();
            let is_general = address.is_loopback() || address.is_unspecified() || address.is_multicast();
            let is_example = first == 0x2001 && second == 0x0db8;
            let is_network = address.segments()[7] == 0;
            // `fe80::/10`; and `::12:34`, which is a time or a name of C++.
            !is_general && !is_example && !is_network && first & 0xffc0 != 0xfe80 && first != 0
        }
    }
}

fn ends_in_version(word: &str) -> bool {
    let tail = word.trim_end_matches([':', '-', '.']);
    let tail = tail.len().checked_sub(7).and_then(|start| tail.get(start..)).unwrap_or_default();
    tail.eq_ignore_ascii_case("version") || tail.eq_ignore_ascii_case("release")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_machines_are_told_from_the_rest() {
        for (text, expected) in [
            ("10.1.2.3", Some("10.1.2.3")),
            ("http://10.1.2.3:8080/path", Some("10.1.2.3")),
            ("--peers=a,10.1.2.3", Some("10.1.2.3")),
            ("the server is 10.1.2.3.", Some("10.1.2.3")),
            ("forward . 8.8.8.8", Some("8.8.8.8")),
            ("2001:470:1::5", Some("2001:470:1::5")),
            ("http://[2001:470:1::5]:8080/", Some("2001:470:1::5")),
            ("0.0.0.0:8080", None),
            ("127.0.0.1", None),
            ("::", None),
            ("[::1]:8080", None),
            ("169.254.169.254", None),
            ("224.0.0.1", None),
            ("192.0.2.7", None),
            ("255.255.255.0", None),
            ("10.0.0.0/8,10.1.2.3/32", None),
            ("10.0.0.0", None),
            ("10.0.0.1-10.0.0.9", None),
            ("1.2.3.4-alpine", None),
            ("v1.2.3.4", None),
            ("version: 1.2.3.4", None),
            ("--release=1.2.3.4", None),
            ("1.3.6.1.4.1", None),
            ("std::string", None),
            ("12:34:56", None),
            ("1.2.3.4:latest", None),
            ("db.10.1.2.3.example", None),
            ("", None),
            ("é10.1.2.3", None),
        ] {
            let found = all(text).next().map(|it| it.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_network_has_its_addresses() {
        for (network, address, expected) in [
            ("10.96.0.10/32", "10.96.0.10", true),
            ("10.96.0.10/32", "10.96.0.11", false),
            ("10.0.0.0/8", "10.255.0.1", true),
            ("0.0.0.0/0", "8.8.8.8", true),
            ("fd00::/8", "fd12::1", true),
            ("fd00::/8", "10.0.0.1", false),
        ] {
            let network = Network::parse(network).unwrap();
            assert_eq!(network.has(address.parse().unwrap()), expected, "{network:?} {address}");
        }
        for text in ["10.0.0.0", "10.0.0.0/33", "a/8", "10.0.0.0/-1"] {
            assert!(Network::parse(text).is_none(), "{text}");
        }
    }
}
