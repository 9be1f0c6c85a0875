//! Ranges of addresses, read as the API server reads them.

// Of `core`, which has addresses and no sockets.
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::fmt;

/// A range of addresses such as `10.0.0.0/8` or `fc00::/7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    /// The first address: bits that the prefix does not reach are zero.
    first: IpAddr,
    prefix: u8,
}

impl Cidr {
    /// Reads an address with the length of its prefix. Like the API server it takes leading zeros for what they look
    /// like, and bits beyond the prefix for none.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        Self::new(parse_address(address)?, parse_digits(prefix)?)
    }

    /// Reads a range, or an address on its own.
    pub fn parse_or_address(text: &str) -> Option<Self> {
        Self::parse(text).or_else(|| Self::of_address(text))
    }

    /// The range of one address.
    pub fn of_address(text: &str) -> Option<Self> {
        let address = parse_address(text)?;
        Self::new(address, width(address))
    }

    fn new(address: IpAddr, prefix: u8) -> Option<Self> {
        if prefix > width(address) {
            return None;
        }
        Some(Self { first: masked(address, prefix), prefix })
    }

    /// Whether every address of the other range is in this one.
    pub fn contains(self, other: Self) -> bool {
        self.prefix <= other.prefix && self.first == masked(other.first, self.prefix)
    }

    /// Whether this is every address of its family.
    pub fn is_everything(self) -> bool {
        self.prefix == 0
    }

    /// Whether there are more addresses than in the widest private network: no set of ranges that big can be meant
    /// to tell one side from the other, and `0.0.0.0/1` beside `128.0.0.0/1` is everything too.
    pub fn is_wider_than_private(self) -> bool {
        // 10.0.0.0/8 and fc00::/7.
        self.prefix < if self.first.is_ipv4() { 8 } else { 7 }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn masked(address: IpAddr, prefix: u8) -> IpAddr {
    let prefix = u32::from(prefix);
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - prefix.min(32)).unwrap_or(0);
            Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - prefix.min(128)).unwrap_or(0);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

fn parse_address(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return text.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    }
    let mut parts = text.split('.').map(parse_digits);
    let mut next = || parts.next().flatten();
    let address = Ipv4Addr::new(next()?, next()?, next()?, next()?);
    parts.next().is_none().then_some(address.into())
}

/// A number without a sign, which the standard library would take.
fn parse_digits(text: &str) -> Option<u8> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_api_reads_them() {
        for (text, expected) in [
            ("10.0.0.0/8", Some("10.0.0.0/8")),
            ("10.1.2.3/8", Some("10.0.0.0/8")),
            ("0.0.0.0/0", Some("0.0.0.0/0")),
            ("255.255.255.255/32", Some("255.255.255.255/32")),
            ("010.0.00.0/08", Some("10.0.0.0/8")),
            ("::/0", Some("::/0")),
            ("2001:db8::1/32", Some("2001:db8::/32")),
            ("::1/128", Some("::1/128")),
            ("10.0.0.0", None),
            ("10.0.0.0/33", None),
            ("10.0.0.0/+8", None),
            ("10.0.0.0/", None),
            ("10.0.0/8", None),
            ("10.0.0.0.0/8", None),
            ("256.0.0.0/8", None),
            ("10.0..0/8", None),
            ("::/129", None),
            ("::1::/64", None),
            ("", None),
            ("/", None),
        ] {
            let read = Cidr::parse(text).map(|range| range.to_string());
            assert_eq!(read.as_deref(), expected, "{text}");
        }
        assert_eq!(Cidr::parse_or_address("10.0.0.7").unwrap().to_string(), "10.0.0.7/32");
        assert_eq!(Cidr::of_address("10.0.0.0/8"), None);
    }

    #[test]
    fn ranges_contain_ranges() {
        for (range, other, expected) in [
            ("10.0.0.0/8", "10.200.0.0/16", true),
            ("10.0.0.0/8", "10.0.0.0/8", true),
            ("10.200.0.0/16", "10.0.0.0/8", false),
            ("10.0.0.0/8", "11.0.0.0/16", false),
            ("0.0.0.0/0", "8.8.8.8/32", true),
            ("0.0.0.0/0", "::/0", false),
            ("::/0", "8.8.8.8/32", false),
            ("fc00::/7", "fd12::/48", true),
        ] {
            let [range, other] = [range, other].map(|text| Cidr::parse(text).unwrap());
            assert_eq!(range.contains(other), expected, "{other} in {range}");
        }
    }

    #[test]
    fn no_private_network_is_too_wide() {
        for (range, expected) in [
            ("0.0.0.0/0", true),
            ("128.0.0.0/1", true),
            ("8.0.0.0/7", true),
            ("10.0.0.0/8", false),
            ("::/0", true),
            ("2000::/3", true),
            ("fc00::/7", false),
        ] {
            assert_eq!(Cidr::parse(range).unwrap().is_wider_than_private(), expected, "{range}");
        }
    }
}
