//! Values of which only a name says that they are credentials: are they, or do they stand for one?

/// How references to what is kept elsewhere begin.
const REFERENCES: [&str; 27] = [
    "vault:",
    ">>vault:",
    "op://",
    "ref+",
    "arn:",
    "file:",
    "./",
    "../",
    "/",
    "~/",
    "@/",
    "secret:",
    "secret://",
    "secretmanager:",
    "sm://",
    "ssm:",
    "awssm",
    "azurekv:",
    "projects/",
    "alias/",
    "awskms:",
    "gcpkms:",
    "hashivault:",
    "k8s:",
    "env:",
    "http://",
    "https://",
];

/// How values begin that are encrypted, or that something puts in before they are used.
const SEALED: [&str; 6] = ["ENC[", "ENC(", "{cipher}", "@Microsoft.KeyVault(", "{{", "$ANSIBLE_VAULT"];

/// How names of files end: a key or a password may be given by one.
const FILES: [&str; 12] =
    [".cer", ".conf", ".crt", ".der", ".jks", ".json", ".key", ".p12", ".pem", ".pub", ".txt", ".yaml"];

const SWITCHES: [&str; 12] =
    ["true", "false", "yes", "no", "on", "off", "none", "null", "nil", "enabled", "disabled", "required"];

/// Whether a value is written out, and not a reference, a setting or a mark for something to be filled in.
pub(in super::super) fn is_literal(value: &str) -> bool {
    let value = value.trim();
    let starts = |starts: &[&str]| starts.iter().any(|it| value.starts_with(it));
    let is_small_number = value.len() <= 3 && value.bytes().all(|byte| byte.is_ascii_digit());
    let is_switch = SWITCHES.iter().any(|it| value.eq_ignore_ascii_case(it));
    !(is_small_number
        || is_switch
        || value.contains("$(")
        || value.contains("${")
        || starts(&REFERENCES)
        || starts(&SEALED)
        || FILES.iter().any(|it| value.ends_with(it))
        || is_placeholder(value))
}

/// Whether a value was drawn at random, as machines make credentials, and is not put together from words.
///
/// What a Secret, a bucket or a host may be called is judged by the longest of its parts.
pub(in super::super) fn is_random(value: &str) -> bool {
    if is_uuid(value) {
        return true;
    }
    // Most values are too short for it, or nothing but words.
    if value.len() < 16 || value.bytes().filter(u8::is_ascii_digit).count() < 2 {
        return false;
    }
    let is_name =
        value.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let longest = value.split('-').max_by_key(|part| part.len()).unwrap_or_default();
    let text = if is_name { longest } else { value };
    if !(16..=1024).contains(&text.len()) {
        return false;
    }
    let mut counts = [0_u16; 128];
    let (mut digits, mut letters, mut hex) = (0, 0, 0);
    for byte in text.bytes() {
        if !(byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-')) {
            return false;
        }
        counts[usize::from(byte & 127)] += 1;
        digits += usize::from(byte.is_ascii_digit());
        letters += usize::from(byte.is_ascii_alphabetic());
        hex += usize::from(byte.is_ascii_hexdigit());
    }
    // Sixteen letters give fewer bits than the sixty-four of base64.
    let least = if hex == text.len() { 2.6 } else { 3.2 };
    digits >= 2 && letters >= 2 && entropy(&counts, text.len()) >= least
}

/// Whether a value is like a password that somebody made up: one word of letters and digits that is no name of an
/// object.
pub(in super::super) fn is_made_up(value: &str) -> bool {
    let has = |is: fn(&u8) -> bool| value.as_bytes().iter().any(is);
    let separates = |byte: &u8| matches!(byte, b'/' | b':' | b',' | b'=' | b'.' | b'-' | b'_');
    // Most values have no digit, or begin as a path does.
    (8..=64).contains(&value.len())
        && has_digit(value)
        && !has(separates)
        && has(u8::is_ascii_alphabetic)
        && value.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether there is a digit: most values have none.
pub(in super::super) fn has_digit(value: &str) -> bool {
    // Without a way out of it this looks at many bytes at once.
    value.bytes().fold(false, |has, byte| has | byte.is_ascii_digit())
}

fn is_placeholder(value: &str) -> bool {
    let mut bytes = value.bytes();
    let is_filler = |byte: u8| matches!(byte, b'x' | b'X' | b'*' | b'.' | b'#' | b'?' | b'-' | b'_');
    let enclosed = [('<', '>'), ('[', ']'), ('%', '%'), ('@', '@')];
    let is_enclosed =
        enclosed.iter().any(|(open, close)| value.starts_with(*open) && value.ends_with(*close));
    let is_variable = value.strip_prefix(['$', '@']).is_some_and(|name| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'0'..=b'9'))
    });
    let is_mark = value.starts_with("__") && value.ends_with("__");
    // `SECRET`, `YOUR_TOKEN`: a name in capitals for what is to be put here.
    let is_name = value.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
        && ["SECRET", "PASSWORD", "TOKEN", "KEY"].iter().any(|word| value.ends_with(word));
    bytes.all(is_filler) && value.len() != 1 || is_enclosed || is_variable || is_mark || is_name
}

fn is_uuid(value: &str) -> bool {
    let groups = [8, 4, 4, 4, 12];
    let mut parts = value.split('-');
    let fits = |length: &usize| {
        parts.next().is_some_and(|it| it.len() == *length && it.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    value.len() == 36 && groups.iter().all(fits)
}

/// Shannon's, in bits a byte.
#[expect(clippy::cast_precision_loss, reason = "lengths of values are small")]
fn entropy(counts: &[u16; 128], total: usize) -> f64 {
    let share = |count: &u16| f64::from(*count) / total as f64;
    counts.iter().filter(|count| **count > 0).map(share).map(|share| -share * share.log2()).sum()
}
