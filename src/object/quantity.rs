//! Resource quantities, exact: `100m`, `1e3`, `0.5Gi`, `512Mi`.
//!
//! The grammar is that of `k8s.io/apimachinery/pkg/api/resource`: a signed decimal number and a suffix that is
//! binary (`Ki` … `Ei`), decimal (`n` `u` `m` `k` `M` … `E`) or an exponent (`e3`, `E-2`).

use std::borrow::Cow;
use std::fmt;

use super::At;
use crate::tree::Value;

/// A quantity in billionths of its unit: what Kubernetes keeps, which rounds finer values up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(i128);

const NANO: i128 = 1_000_000_000;

impl Quantity {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Whole units: bytes of memory, cores of CPU.
    pub fn from_units(units: i64) -> Self {
        Self(i128::from(units) * NANO)
    }

    /// Thousandths of a unit.
    pub fn from_thousandths(thousandths: u32) -> Self {
        Self(i128::from(thousandths) * (NANO / 1000))
    }

    /// Reads what stands at a field of type quantity: a string, or a number as hand-written files have it.
    pub fn of(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Int(units) => Some(Self::from_units(units)),
            // The API server does not mind blanks around the text.
            Value::Text(text) | Value::Number(text) => Self::parse(text.trim()),
            _ => None,
        }
    }

    /// Reads the text form; `None` where the API server would refuse it.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, unsigned) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let number_len = unsigned.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
        let (number, suffix) = unsigned.split_at(number_len);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return None;
        }
        let scaled = Scale::of(suffix)?.apply(whole, fraction);
        Some(Self(if negative { -scaled } else { scaled }))
    }

    /// Whether there is more than nothing.
    pub fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Whether this is more than so many times another: compared as fractions, not rounded.
    pub fn is_more_than(self, times: Self, other: Self) -> bool {
        // What is past every bound is equal to it, and not more.
        self.0.saturating_mul(NANO) > other.0.saturating_mul(times.0)
    }

    /// Whether this is less than so many times another.
    pub fn is_less_than(self, times: Self, other: Self) -> bool {
        self.0.saturating_mul(NANO) < other.0.saturating_mul(times.0)
    }

    /// Thousandths that this is of another, rounded down; for another of nothing, the most there is.
    pub fn per_mille_of(self, other: Self) -> i64 {
        let thousandths = self.0.saturating_mul(1000).checked_div(other.0);
        thousandths.and_then(|it| i64::try_from(it).ok()).unwrap_or(i64::MAX)
    }
}

impl<'t> At<'t, Quantity> {
    /// The quantity as its author wrote it.
    pub fn written(&self) -> Cow<'t, str> {
        match self.place().node().value() {
            Value::Text(text) | Value::Number(text) => text.into(),
            _ => self.to_string().into(),
        }
    }
}

impl fmt::Display for Quantity {
    /// Plain decimal, without a suffix.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / NANO, (self.0 % NANO).abs());
        if rest == 0 {
            return write!(f, "{whole}");
        }
        let sign = if self.0 < 0 && whole == 0 { "-" } else { "" };
        let digits = format!("{rest:09}");
        write!(f, "{sign}{whole}.{}", digits.trim_end_matches('0'))
    }
}

/// What a suffix multiplies by: a factor, and a power of ten.
struct Scale {
    factor: i128,
    exponent: i32,
}

impl Scale {
    fn of(suffix: &str) -> Option<Self> {
        let decimal = |exponent| Some(Self { factor: 1, exponent });
        let binary = |shift: u32| Some(Self { factor: 1 << shift, exponent: 0 });
        match suffix {
            "" => decimal(0),
            "n" => decimal(-9),
            "u" => decimal(-6),
            "m" => decimal(-3),
            "k" => decimal(3),
            "M" => decimal(6),
            "G" => decimal(9),
            "T" => decimal(12),
            "P" => decimal(15),
            "E" => decimal(18),
            "Ki" => binary(10),
            "Mi" => binary(20),
            "Gi" => binary(30),
            "Ti" => binary(40),
            "Pi" => binary(50),
            "Ei" => binary(60),
            _ => {
                let exponent = suffix.strip_prefix(['e', 'E'])?;
                let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
                let valid = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
                // Beyond three digits the value is zero or past every bound anyway.
                let value =
                    exponent.parse::<i32>().unwrap_or(if exponent.starts_with('-') { -999 } else { 999 });
                valid.then_some(Self { factor: 1, exponent: value.clamp(-999, 999) })
            }
        }
    }

    /// The value in billionths, rounded up, saturating far beyond what the API can store.
    fn apply(&self, whole: &str, fraction: &str) -> i128 {
        let mut value: i128 = 0;
        let mut exponent = self.exponent + 9;
        let mut inexact = false;
        for (position, digit) in whole.bytes().chain(fraction.bytes()).enumerate() {
            // Twenty significant digits hold every value the API can store, with room for the factor.
            if value >= 100_000_000_000_000_000_000 {
                inexact |= digit != b'0';
                exponent += i32::from(position < whole.len());
                continue;
            }
            value = value * 10 + i128::from(digit - b'0');
            exponent -= i32::from(position >= whole.len());
        }
        value = value.saturating_mul(self.factor);
        for _ in 0..exponent.clamp(0, 60) {
            value = value.saturating_mul(10);
        }
        for _ in 0..(-exponent).clamp(0, 60) {
            inexact |= value % 10 != 0;
            value /= 10;
        }
        if inexact { value.saturating_add(1) } else { value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_form_exactly() {
        for (text, expected) in [
            ("0", "0"),
            ("100m", "0.1"),
            ("1e3", "1000"),
            ("1E3", "1000"),
            ("1E", "1000000000000000000"),
            ("12e-1", "1.2"),
            ("0.5Gi", "536870912"),
            ("512Mi", "536870912"),
            ("1.5", "1.5"),
            (".5", "0.5"),
            ("5.", "5"),
            ("+1", "1"),
            ("-250m", "-0.25"),
            ("1n", "0.000000001"),
            ("0.1n", "0.000000001"),
            ("1000k", "1000000"),
            ("8Ei", "9223372036854775808"),
            ("000000000000000000000000000001", "1"),
            ("0.000000000000000000000000000001", "0.000000001"),
        ] {
            assert_eq!(Quantity::parse(text).map(|q| q.to_string()).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn refuses_what_the_api_refuses() {
        for text in
            ["", "-", "1 Gi", "1gi", "1K", "Mi", "1.2.3", "1e", "e3", "1e+", "0x10", "1_000", "NaN", "1mi"]
        {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
    }

    #[test]
    fn compares_across_suffixes() {
        let q = |text: &str| Quantity::parse(text).unwrap();
        assert_eq!(q("1"), q("1000m"));
        assert_eq!(q("1Ki"), q("1024"));
        assert!(q("1Gi") > q("1G"));
        assert!(q(&"9".repeat(60)) > q("8Ei"));
        assert!(q("1e999") > q("8Ei"));
    }

    #[test]
    fn ratios_are_exact() {
        let q = |text: &str| Quantity::parse(text).unwrap();
        for (one, times, other, is_more, per_mille) in [
            ("1Gi", "2.5", "100Mi", true, 10_240),
            ("250m", "2.5", "100m", false, 2_500),
            ("251m", "2.5", "100m", true, 2_510),
            ("300000001n", "3", "100000000n", true, 3_000),
            ("1", "1", "1000m", false, 1_000),
            ("0", "1", "1", false, 0),
            ("1", "2", "0", true, i64::MAX),
            ("1e40", "2", "1e40", false, 1),
        ] {
            let (one, other) = (q(one), q(other));
            assert_eq!(one.is_more_than(q(times), other), is_more, "{one} of {other}");
            assert_eq!(one.per_mille_of(other), per_mille, "{one} of {other}");
        }
        assert_eq!(q("1Gi").plus(q("1e40")).plus(q("1e40")), q("1e40"));
    }
}
