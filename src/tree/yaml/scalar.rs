//! What a YAML scalar means to kubectl: the rules of go-yaml v2, which are YAML 1.1 with its own exceptions.
//! See <https://github.com/yaml/go-yaml/blob/v2/resolve.go>.

use std::borrow::Cow;

use crate::tree::build::Float;

/// The tag of a scalar, as far as it changes what the scalar means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Absent,
    Str,
    Bool,
    Int,
    Float,
    Null,
    Binary,
    Merge,
    /// Known to nobody here: the scalar is a string.
    Other,
}

/// A scalar with its type.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Typed<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// JSON text of a number that is no `i64`; digits as they were written.
    Number(String),
    /// `.inf` or `.nan`, as it is spelled as a key.
    NotFinite(&'static str),
    Text(Cow<'a, str>),
}

impl Tag {
    /// From the part of a tag behind `tag:yaml.org,2002:`, or `None` for a tag of another origin.
    pub(super) fn new(suffix: Option<&str>) -> Self {
        match suffix {
            // Timestamps stay strings.
            Some("str" | "timestamp") => Self::Str,
            Some("bool") => Self::Bool,
            Some("int") => Self::Int,
            Some("float") => Self::Float,
            Some("null") => Self::Null,
            Some("binary") => Self::Binary,
            Some("merge") => Self::Merge,
            _ => Self::Other,
        }
    }
}

/// The value of a scalar; `None` if its tag says something else than its text.
pub(super) fn resolve(text: &str, plain: bool, tag: Tag) -> Option<Typed<'_>> {
    let as_written = || Typed::Text(Cow::Borrowed(text));
    if tag == Tag::Absent && !plain {
        return Some(as_written());
    }
    let typed = match tag {
        Tag::Str | Tag::Merge | Tag::Other => return Some(as_written()),
        Tag::Binary => return None,
        _ => plain_value(text),
    };
    let agrees = match tag {
        Tag::Bool => matches!(typed, Typed::Bool(_)),
        Tag::Null => matches!(typed, Typed::Null),
        Tag::Int => match &typed {
            Typed::Int(_) => true,
            Typed::Number(digits) => is_integer(digits),
            _ => false,
        },
        Tag::Float => matches!(typed, Typed::Int(_) | Typed::Number(_) | Typed::NotFinite(_)),
        _ => true,
    };
    agrees.then_some(typed)
}

impl Typed<'_> {
    /// The value as kubectl sends it on: what has a fraction or an exponent has been a double on the way.
    pub(super) fn sent_on(self) -> Self {
        match self {
            Self::Number(text) if !is_integer(&text) => {
                match text.parse().map_or_else(|_| Float::Text(text), Float::of) {
                    Float::Int(value) => Self::Int(value),
                    Float::Text(text) => Self::Number(text),
                }
            }
            other => other,
        }
    }
}

/// The text of a key: JSON knows only strings there. `None` for a number that kubectl takes for no key.
pub(super) fn key(typed: Typed<'_>) -> Option<Cow<'_, str>> {
    Some(match typed {
        Typed::Null => "null".into(),
        Typed::Bool(value) => if value { "true" } else { "false" }.into(),
        Typed::Int(value) => value.to_string().into(),
        Typed::Number(text) if is_integer(&text) => return None,
        Typed::Number(text) => float_key(&text).into(),
        Typed::NotFinite(text) => text.into(),
        Typed::Text(text) => text,
    })
}

fn is_integer(number: &str) -> bool {
    number.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}

fn plain_value(text: &str) -> Typed<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Typed::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Typed::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Typed::Bool(false)
        }
        ".nan" | ".NaN" | ".NAN" => Typed::NotFinite(".nan"),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Typed::NotFinite(".inf"),
        "-.inf" | "-.Inf" | "-.INF" => Typed::NotFinite("-.inf"),
        _ => number(text).unwrap_or(Typed::Text(Cow::Borrowed(text))),
    }
}

/// Whether underscores stand between digits only, which matters where no digit or sign comes first.
fn is_separated(text: &[u8]) -> bool {
    text.split(|&b| b == b'_').skip(1).all(|it| it.first().is_some_and(u8::is_ascii_digit))
        && text.rsplit(|&b| b == b'_').skip(1).all(|it| it.last().is_some_and(u8::is_ascii_digit))
}

fn number(text: &str) -> Option<Typed<'static>> {
    match text.as_bytes().first()? {
        b'.' if is_separated(text.as_bytes()) => decimal(&text.replace('_', "")),
        b'0'..=b'9' | b'+' | b'-' => {
            let digits = text.replace('_', "");
            integer(&digits).or_else(|| decimal(&digits))
        }
        _ => None,
    }
}

/// An integer as Go reads literals, `0644` being octal; the upper half of `u64` has no sign.
fn integer(text: &str) -> Option<Typed<'static>> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (radix, digits) = match unsigned.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &unsigned[2..]),
        [b'0', b'o' | b'O', ..] => (8, &unsigned[2..]),
        [b'0', b'b' | b'B', ..] => (2, &unsigned[2..]),
        [b'0', _, ..] => (8, &unsigned[1..]),
        _ => (10, unsigned),
    };
    // The standard parser would take a second sign here.
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let size = u64::from_str_radix(digits, radix).ok()?;
    if text.starts_with('-') {
        return 0_i64.checked_sub_unsigned(size).map(Typed::Int);
    }
    match i64::try_from(size) {
        Ok(value) => Some(Typed::Int(value)),
        Err(_) if text.starts_with('+') => None,
        Err(_) => Some(Typed::Number(size.to_string())),
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, rewritten to what JSON allows.
///
/// A number too large for a double is a string to kubectl.
fn decimal(text: &str) -> Option<Typed<'static>> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => unsigned.split_at(at),
        None => (unsigned, ""),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let exponent_digits = exponent.get(1..).map(|it| it.strip_prefix(['+', '-']).unwrap_or(it));
    if whole.is_empty() && fraction.is_empty()
        || !all_digits(whole)
        || !all_digits(fraction)
        || exponent_digits.is_some_and(|it| it.is_empty() || !all_digits(it))
    {
        return None;
    }

    let sign = if text.starts_with('-') { "-" } else { "" };
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    let point = if fraction.is_empty() { "" } else { "." };
    let number = format!("{sign}{whole}{point}{fraction}{exponent}");
    if !number.parse::<f64>().is_ok_and(f64::is_finite) {
        return None;
    }
    Some(number.parse().map_or(Typed::Number(number), Typed::Int))
}

/// A float as kubectl spells it in a key: the shortest text of its single precision, with an exponent from
/// a million on.
fn float_key(number: &str) -> String {
    let value: f32 = number.parse().unwrap_or(f32::INFINITY);
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    match exponent.parse::<i32>() {
        Ok(-4..6) | Err(_) => value.to_string(),
        Ok(exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Typed<'_> {
        resolve(text, true, Tag::Absent).unwrap()
    }

    #[test]
    fn knows_the_words_of_yaml_1_1() {
        for text in ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"] {
            assert_eq!(plain(text), Typed::Bool(true), "{text}");
        }
        for text in ["n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"] {
            assert_eq!(plain(text), Typed::Bool(false), "{text}");
        }
        for text in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(plain(text), Typed::Null, "{text}");
        }
        for text in ["yES", "tRue", "oN", "nULL", "~~", "ja"] {
            assert_eq!(plain(text), Typed::Text(text.into()));
        }
    }

    #[test]
    fn reads_numbers_as_kubectl_does() {
        for (text, value) in [
            ("0", 0),
            ("-0", 0),
            ("+12", 12),
            ("0644", 420),
            ("0o644", 420),
            ("0O17", 15),
            ("00", 0),
            ("0x1F", 31),
            ("-0x1f", -31),
            ("0b11", 3),
            ("-0B11", -3),
            ("1_000", 1000),
            ("1__0_", 10),
            ("0_7", 7),
            ("08", 8),
            ("1.", 1),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
        ] {
            assert_eq!(plain(text), Typed::Int(value), "{text}");
        }
        for (text, number) in [
            ("12345678901234567890", "12345678901234567890"),
            ("+12345678901234567890", "12345678901234567890"),
            ("0x8000000000000000", "9223372036854775808"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            ("1e3", "1e3"),
            ("1E-3", "1E-3"),
            ("+1.50", "1.50"),
            ("-.5", "-0.5"),
            (".5e1", "0.5e1"),
            ("1.e3", "1e3"),
            ("09_1.5", "91.5"),
            ("-0.0", "-0.0"),
            (".1_0", "0.10"),
        ] {
            assert_eq!(plain(text), Typed::Number(number.to_owned()), "{text}");
            assert!(serde_json::from_str::<serde_json::Number>(number).is_ok());
        }
        for text in [
            "1:30",
            "2001-01-01",
            "1e400",
            ".",
            ".e3",
            "._5",
            ".1_",
            ".1__0",
            "+",
            "-",
            "+-1",
            "-_1x",
            "_1",
            "0x",
            "0o",
            "0b2",
            "0x-1",
            "0x1p4",
            "1e",
            "1e+",
            "1.2.3",
            "--1",
            "1 2",
            "e3",
        ] {
            assert_eq!(plain(text), Typed::Text(text.into()), "{text}");
        }
    }

    #[test]
    fn honours_tags_and_quotes() {
        let text = |text| Some(Typed::Text(Cow::Borrowed(text)));
        for (input, is_plain, tag, expected) in [
            ("yes", false, Tag::Absent, text("yes")),
            ("12", true, Tag::Str, text("12")),
            ("12", true, Tag::Other, text("12")),
            ("", true, Tag::Str, text("")),
            ("3", false, Tag::Int, Some(Typed::Int(3))),
            ("18446744073709551615", true, Tag::Int, Some(Typed::Number("18446744073709551615".to_owned()))),
            ("1e3", true, Tag::Int, None),
            ("x", true, Tag::Int, None),
            ("3", true, Tag::Float, Some(Typed::Int(3))),
            ("x", true, Tag::Float, None),
            ("yes", false, Tag::Bool, Some(Typed::Bool(true))),
            ("1", true, Tag::Bool, None),
            ("", false, Tag::Null, Some(Typed::Null)),
            ("x", true, Tag::Null, None),
            ("aGk=", true, Tag::Binary, None),
        ] {
            assert_eq!(resolve(input, is_plain, tag), expected, "{input} {tag:?}");
        }
    }

    #[test]
    fn spells_keys_as_kubectl_does() {
        for (text, expected) in [
            ("y", Some("true")),
            ("off", Some("false")),
            ("~", Some("null")),
            ("1", Some("1")),
            ("0x10", Some("16")),
            ("1.5", Some("1.5")),
            ("1.10", Some("1.1")),
            ("0.1", Some("0.1")),
            ("0.00001", Some("1e-05")),
            ("0.0001", Some("0.0001")),
            ("1000000.0", Some("1e+06")),
            ("999999.0", Some("999999")),
            ("123456789.5", Some("1.2345679e+08")),
            ("1e300", Some(".inf")),
            ("-1e300", Some("-.inf")),
            ("+.INF", Some(".inf")),
            ("18446744073709551615", None),
        ] {
            assert_eq!(key(plain(text)).as_deref(), expected, "{text}");
        }
    }
}
