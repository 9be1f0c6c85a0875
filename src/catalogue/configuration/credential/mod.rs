//! What a credential looks like: the rules that policies about credentials share.
//!
//! Some tell by themselves, by the form that their issuer gives them or by where they stand in a URL
//! ([`find`]). Others are just text, and only a [name] says what they are; then the [value] must be able to be a
//! credential. Everything here reads its text once, and none of it keeps or returns a part of it.

mod connection;
pub(super) mod flag;
pub(super) mod name;
mod private_key;
mod token;
pub(super) mod value;

/// A credential, and where it is. It has nothing of what was found in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// What it is, with its article: `a GitHub token`.
    pub(super) what: &'static str,
    /// The line of the text that it begins in, from one on.
    pub(super) line: usize,
    /// How many there are in the text.
    pub(super) count: i64,
}

/// The first credential in a text that is told by its form.
pub(super) fn find(text: &str) -> Option<Found> {
    // Most values are short, and what is short is a URL or a connection string, or no credential that tells.
    if text.len() < token::SHORTEST && !text.bytes().any(|byte| matches!(byte, b'@' | b'=')) {
        return None;
    }
    let mut first: Option<(usize, &'static str)> = None;
    let mut count = 0;
    let mut report = |at: usize, what: &'static str| {
        count += 1;
        if first.is_none_or(|(earlier, _)| at < earlier) {
            first = Some((at, what));
        }
    };
    private_key::scan(text, &mut report);
    token::scan(text, &mut report);
    connection::scan(text, &mut report);
    let (at, what) = first?;
    let line = 1 + text[..at].matches('\n').count();
    Some(Found { what, line, count })
}

#[cfg(test)]
mod tests;
