//! Passwords where something connects to: in URLs, in connection strings, in the data source names of Go.

use super::value;

pub(super) fn scan(text: &str, report: &mut impl FnMut(usize, &'static str)) {
    if text.contains('@') {
        urls(text, report);
        data_sources(text, report);
    }
    if !text.contains('=') {
        return;
    }
    let mut at = 0;
    for line in text.split('\n') {
        if is_connection_string(line) {
            report(at, "a connection string with a password");
        }
        at += line.len() + 1;
    }
}

/// `scheme://user:password@host`.
fn urls(text: &str, report: &mut impl FnMut(usize, &'static str)) {
    for (at, separator) in text.match_indices("://") {
        let has_scheme = text[..at].ends_with(|last: char| last.is_ascii_alphanumeric());
        let rest = &text[at + separator.len()..];
        let ends = |char: char| {
            matches!(char, '/' | '?' | '#' | '@' | '"' | '\'' | '`' | '\\') || char.is_whitespace()
        };
        // What stands in braces may have any of these: `://{{ .User }}:{{ .Password }}@` fails here already.
        let Some(length) = rest.find(ends) else { continue };
        if has_scheme && rest[length..].starts_with('@') && has_password(&rest[..length]) {
            report(at, "a URL with a password");
        }
    }
}

/// `user:password@tcp(host)/database`.
fn data_sources(text: &str, report: &mut impl FnMut(usize, &'static str)) {
    for driver in ["@tcp(", "@unix("] {
        for (at, _) in text.match_indices(driver) {
            if has_password(before(&text[..at])) {
                report(at, "a data source name with a password");
            }
        }
    }
}

/// Whether `user:password` has a password that is written out.
fn has_password(credentials: &str) -> bool {
    credentials.split_once(':').is_some_and(|(_, password)| is_written_out(password))
}

/// Whether this is a password, and not the beginning of a template or of an expression.
fn is_written_out(password: &str) -> bool {
    let code = |text: &str| text.len() >= 2 && text.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
    let is_template = password.starts_with(['$', '<', '{', '[', '(', '*', '\\'])
        || password.strip_prefix('%').is_some_and(|rest| !code(rest));
    !is_template && value::is_literal(password)
}

/// Bytes that may stand before the host of a data source name.
const LONGEST: usize = 256;

/// The last word, or as much of it as may be a user and a password.
fn before(text: &str) -> &str {
    let bytes = text.as_bytes();
    let within = &bytes[bytes.len().saturating_sub(LONGEST)..];
    let length = within
        .iter()
        .rev()
        .take_while(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'\'' | b'=' | b'`'))
        .count();
    text.get(text.len() - length..).unwrap_or_default()
}

/// The keys of a connection string that have a password as their value.
const PASSWORDS: [&str; 5] = ["password", "pwd", "accountkey", "sharedaccesskey", "sharedaccesssignature"];

/// Keys that stand beside it; without one it is something else.
const COMPANIONS: [&str; 24] = [
    "server",
    "host",
    "hostaddr",
    "hostname",
    "addr",
    "address",
    "data source",
    "datasource",
    "endpoint",
    "port",
    "user",
    "uid",
    "user id",
    "userid",
    "username",
    "database",
    "dbname",
    "initial catalog",
    "driver",
    "accountname",
    "defaultendpointsprotocol",
    "sharedaccesskeyname",
    "sslmode",
    "network address",
];

/// `Server=db;User=app;Password=…`, or `host=db user=app password=…`.
fn is_connection_string(line: &str) -> bool {
    let separated = |by: fn(char) -> bool| {
        let (mut password, mut companion) = (false, false);
        for (key, value) in line.split(by).filter_map(|pair| pair.split_once('=')) {
            // The first key may follow an opening quote, or the name of what the string is assigned to.
            let key = key.rsplit(['"', '\'', '=', '[']).next().unwrap_or_default().trim();
            let is_one_of = |keys: &[&str]| keys.iter().any(|it| key.eq_ignore_ascii_case(it));
            let value = value.trim().trim_matches(['"', '\'']);
            password |= is_one_of(&PASSWORDS) && !value.contains('(') && is_written_out(value);
            companion |= is_one_of(&COMPANIONS);
        }
        password && companion
    };
    line.contains('=') && (separated(|char| char == ';') || separated(char::is_whitespace))
}
