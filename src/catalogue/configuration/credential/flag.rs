//! Arguments that have a credential as their value, by the flag or the variable that they set.

use super::{name, value};

/// Flags that take a credential. `-`, `_` and `.` are the same, and so are capital and small letters.
pub(in super::super) const FLAGS: &[&str] = &[
    "access-token",
    "account-key",
    "admin-password",
    "api-key",
    "api-token",
    "apikey",
    "auth-password",
    "auth-token",
    "aws-secret-access-key",
    "bearer-token",
    "bind-password",
    "bot-token",
    "client-secret",
    "cookie-secret",
    "database-password",
    "db-pass",
    "db-password",
    "dbpassword",
    "docker-password",
    "encryption-key",
    "git-password",
    "github-token",
    "gitlab-token",
    "http-password",
    "join-token",
    "jwt-secret",
    "key-store-password",
    "keystore-password",
    "ldap-password",
    "license-key",
    "master-key",
    "masterauth",
    "mongo-password",
    "mongodb-password",
    "mysql-password",
    "mysql-root-password",
    "oauth-client-secret",
    "oidc-client-secret",
    "passphrase",
    "passwd",
    "password",
    "pg-password",
    "pgpassword",
    "postgres-password",
    "private-key",
    "proxy-password",
    "redis-password",
    "refresh-token",
    "registration-token",
    "registry-password",
    "requirepass",
    "root-password",
    "rpcpassword",
    "s3-secret-key",
    "secret-access-key",
    "secret-key",
    "session-secret",
    "shared-secret",
    "signing-key",
    "smtp-password",
    "token",
    "user-password",
];

/// Flags whose value is itself a name and a value.
const PAIRS: [&str; 3] = ["from-literal", "set", "set-string"];

/// Short flags of clients, and where their password stands.
const CLIENTS: &[(&[&str], &str, Stands)] = &[
    (&["mysql", "mysqladmin", "mysqldump", "mysqlcheck", "mariadb", "mariadb-admin"], "-p", Stands::Attached),
    (&["redis-cli", "valkey-cli"], "-a", Stands::Next),
    (&["sshpass"], "-p", Stands::Either),
    (&["mongo", "mongosh", "mongodump", "mongorestore", "cqlsh"], "-p", Stands::Next),
    (&["sqlcmd"], "-P", Stands::Either),
    (&["ldapsearch", "ldapadd", "ldapmodify", "ldapdelete", "ldapwhoami"], "-w", Stands::Either),
    (&["curl"], "-u", Stands::AfterUser),
    (&["curl"], "--user", Stands::AfterUser),
];

/// Where the password of a client stands.
#[derive(Clone, Copy, PartialEq)]
enum Stands {
    /// In the same word.
    Attached,
    /// In the next word.
    Next,
    /// In one of these.
    Either,
    /// In the next word, after the name of a user and a colon.
    AfterUser,
}

/// The words of a command that are given a credential, each with the flag or the variable that it sets.
pub(in super::super) fn all<'w, S: AsRef<str>>(
    words: &'w [S],
    flags: &[String],
) -> impl Iterator<Item = (usize, &'w str)> {
    // Found once: in front of it stand as many variables as its author likes.
    let program = words.iter().map(AsRef::as_ref).find(|word| !is_assignment(word)).unwrap_or_default();
    let program = program.rsplit('/').next().unwrap_or_default();
    (0..words.len()).filter_map(move |index| Some((index, of(words, index, program, flags)?)))
}

/// The flag or the variable that a word gives a credential.
fn of<'w, S: AsRef<str>>(words: &'w [S], index: usize, program: &str, flags: &[String]) -> Option<&'w str> {
    let word = words.get(index)?.as_ref();
    if let Some((name, value)) = word.split_once('=') {
        return sets(name, value, flags).then_some(name);
    }
    let before = index.checked_sub(1).map(|before| words[before].as_ref());
    let is_value = !word.starts_with('-');
    if let Some(flag) = before.filter(|flag| is_value && flag.starts_with('-') && sets(flag, word, flags)) {
        return Some(flag);
    }
    CLIENTS.iter().filter(|(programs, ..)| programs.contains(&program)).find_map(|(_, flag, stands)| {
        let attached = word.strip_prefix(flag).filter(|rest| !rest.is_empty());
        let next = (before == Some(*flag) && is_value).then_some(word);
        let password = match stands {
            Stands::Attached => attached,
            Stands::Next => next,
            Stands::Either => attached.or(next),
            Stands::AfterUser => next?.split_once(':').map(|(_, password)| password),
        };
        password.is_some_and(is_written_out).then_some(*flag)
    })
}

/// Whether the value is a credential that the flag or the variable of this name takes.
fn sets(name: &str, value: &str, flags: &[String]) -> bool {
    let telling = |name: &str| name::TELLING.iter().any(|ending| name::ends_as(name, ending));
    if let Some(property) = name.strip_prefix("-D") {
        // A trust store holds nothing but certificates.
        return telling(property)
            && !name::ends_as(property, "TRUST_STORE_PASSWORD")
            && is_written_out(value);
    }
    let Some(flag) = name.strip_prefix('-').map(|flag| flag.trim_start_matches('-')) else {
        return is_assignment(name) && telling(name) && is_written_out(value);
    };
    if PAIRS.contains(&flag) {
        return value.split_once('=').is_some_and(|(name, value)| telling(name) && is_written_out(value));
    }
    if !flags.iter().any(|it| is_same(it, flag)) {
        return false;
    }
    // A token or a secret may be given by the name of the object that it is in.
    let is_loose = ["TOKEN", "SECRET"].iter().any(|ending| name::ends_as(flag, ending));
    is_written_out(value) && (!is_loose || value::is_random(value) || value::is_made_up(value))
}

/// Whether the value is not what a shell has yet to put in.
fn is_written_out(value: &str) -> bool {
    !value.starts_with(['$', '`', '%']) && value::is_literal(value)
}

/// Whether a word is, or begins with, the name of a variable as shells have them.
fn is_assignment(word: &str) -> bool {
    let name = word.split('=').next().unwrap_or_default();
    let is_name = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    !name.is_empty() && name.bytes().all(is_name)
}

fn is_same(one: &str, other: &str) -> bool {
    let folded = |byte: u8| if matches!(byte, b'_' | b'.') { b'-' } else { byte.to_ascii_lowercase() };
    one.len() == other.len()
        && one.bytes().zip(other.bytes()).all(|(one, other)| folded(one) == folded(other))
}
