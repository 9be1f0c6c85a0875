//! Names that say that a value is a credential.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How names end that leave no doubt.
pub(in super::super) const TELLING: [&str; 22] = [
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "_PASS",
    "_PWD",
    "APIKEY",
    "API_KEY",
    "PRIVATE_KEY",
    "SECRET_ACCESS_KEY",
    "SHARED_ACCESS_KEY",
    "STORAGE_ACCESS_KEY",
    "SECRET_KEY",
    "SECRET_KEY_BASE",
    "ENCRYPTION_KEY",
    "SIGNING_KEY",
    "MASTER_KEY",
    "ACCOUNT_KEY",
    "LICENSE_KEY",
    "CLIENT_SECRET",
    "COOKIE_SECRET",
    "JWT_SECRET",
    "REFRESH_TOKEN",
];

/// Words that names of credentials have, and other names too.
pub(in super::super) const LOOSE: [&str; 9] =
    ["TOKEN", "TOKENS", "SECRET", "SECRETS", "AUTH", "CREDENTIAL", "CREDENTIALS", "PASS", "PASSWORD"];

/// Last words of names that are about a credential, and not of one.
const ABOUT: &[&str] = &[
    "ADDR",
    "ADDRESS",
    "AGE",
    "ALG",
    "ALGORITHM",
    "ANNOTATION",
    "AUD",
    "AUDIENCE",
    "AUDIENCES",
    "BACKEND",
    "CLAIM",
    "CLASS",
    "COUNT",
    "DAYS",
    "DIR",
    "DIRECTORY",
    "DISABLED",
    "DURATION",
    "ENABLED",
    "ENDPOINT",
    "ENGINE",
    "ENV",
    "EXPIRATION",
    "EXPIRY",
    "FIELD",
    "FILE",
    "FILENAME",
    "FILES",
    "FORMAT",
    "HEADER",
    "HEADERS",
    "HOST",
    "HOURS",
    "INTERVAL",
    "ISSUER",
    "JWKS",
    "KIND",
    "LABEL",
    "LENGTH",
    "LIFETIME",
    "LIMIT",
    "LOCATION",
    "MANAGER",
    "MAX",
    "METHOD",
    "MIN",
    "MINUTES",
    "MODE",
    "MOUNT",
    "NAME",
    "NAMES",
    "NAMESPACE",
    "PARAM",
    "PATH",
    "PERIOD",
    "POLICY",
    "PORT",
    "PREFIX",
    "PROJECT",
    "PROVIDER",
    "REALM",
    "REF",
    "REFERENCE",
    "REGION",
    "REQUIRED",
    "ROLE",
    "SCOPE",
    "SCOPES",
    "SECONDS",
    "SERVICE",
    "SIZE",
    "SOCK",
    "STORE",
    "STRATEGY",
    "SUBJECT",
    "SUFFIX",
    "TEMPLATE",
    "TIMEOUT",
    "TTL",
    "TYPE",
    "URI",
    "URL",
    "USER",
    "USERNAME",
    "VAR",
    "VARIABLE",
    "VERSION",
];

/// How names of credentials end, as a parameter says it.
///
/// Most names differ in their last letter already: each is compared with those alone that have the same.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
#[schemars(with = "Vec<String>", inline)]
pub(in super::super) struct Endings {
    written: Vec<String>,
    by_last: [Vec<String>; LETTERS],
}

/// Lists of endings: one for what may be the same letter, capital or small.
const LETTERS: usize = 32;

impl Endings {
    /// Whether a name ends in one of these, as [`ends_as`] says.
    pub(in super::super) fn end(&self, name: &str) -> bool {
        let mut endings = last_letter(name).map_or(&self.written, |last| &self.by_last[last]).iter();
        endings.any(|ending| ends_as(name, ending))
    }
}

impl Default for Endings {
    fn default() -> Self {
        TELLING.map(str::to_owned).to_vec().into()
    }
}

impl From<Vec<String>> for Endings {
    fn from(written: Vec<String>) -> Self {
        let ending_in = |letter| {
            let is_in = |ending: &&String| last_letter(ending).is_none_or(|last| last == letter);
            written.iter().filter(is_in).cloned().collect()
        };
        Self { by_last: std::array::from_fn(ending_in), written }
    }
}

impl From<Endings> for Vec<String> {
    fn from(endings: Endings) -> Self {
        endings.written
    }
}

fn last_letter(text: &str) -> Option<usize> {
    text.bytes().last().map(|byte| usize::from(folded(byte)) % LETTERS)
}

/// Whether a name ends like this. Case does not count, and `-`, `.` and a capital letter within a word count as `_`.
pub(in super::super) fn ends_as(name: &str, ending: &str) -> bool {
    let bytes = name.as_bytes();
    let mut wanted = ending.bytes().rev().map(folded);
    for (index, byte) in bytes.iter().copied().enumerate().rev() {
        let Some(next) = wanted.next() else { return true };
        if folded(byte) != next {
            return false;
        }
        if begins_word(bytes, index) {
            match wanted.next() {
                None => return true,
                Some(b'_') => {}
                Some(_) => return false,
            }
        }
    }
    wanted.next().is_none()
}

/// Whether a name has one of these words, and is not about something else.
pub(in super::super) fn has_word<S: AsRef<str>>(name: &str, wanted: &[S]) -> bool {
    let is_one_of = |word: &str| wanted.iter().any(|it| it.as_ref().eq_ignore_ascii_case(word));
    let (mut has, mut before, mut last) = (false, "", "");
    for word in words(name) {
        if ["PUBLIC", "PUB", "CERT"].iter().any(|it| word.eq_ignore_ascii_case(it)) {
            return false;
        }
        has |= is_one_of(word);
        (before, last) = (last, word);
    }
    let is_id = last.eq_ignore_ascii_case("ID") && !is_one_of(before);
    has && !is_id && !ABOUT.iter().any(|it| last.eq_ignore_ascii_case(it))
}

/// The words of a name: `dbPassword`, `db-password` and `DB_PASSWORD` have the same two.
fn words(name: &str) -> impl Iterator<Item = &str> {
    let bytes = name.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        at += bytes[at..].iter().take_while(|byte| !byte.is_ascii_alphanumeric()).count();
        let start = at;
        while at < bytes.len()
            && bytes[at].is_ascii_alphanumeric()
            && (at == start || !begins_word(bytes, at))
        {
            at += 1;
        }
        // The bytes between are letters and digits, so both are at the edge of a character.
        (at > start).then(|| &name[start..at])
    })
}

/// Whether a capital letter stands after a small one.
fn begins_word(bytes: &[u8], index: usize) -> bool {
    bytes[index].is_ascii_uppercase() && index > 0 && bytes[index - 1].is_ascii_lowercase()
}

fn folded(byte: u8) -> u8 {
    if matches!(byte, b'-' | b'.') { b'_' } else { byte.to_ascii_uppercase() }
}
