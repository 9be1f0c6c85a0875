//! Private keys as text: PEM, and what SSH clients write.

/// Where the words stand that end the first line of each.
const LABEL: &str = "PRIVATE KEY";

/// What the first line has before the label, at most: `-----BEGIN ENCRYPTED `.
const LONGEST_START: usize = 24;

/// No key is shorter, in bytes, nor the mark of one with what has to follow.
const SHORTEST: usize = "-----BEGIN PRIVATE KEY".len();

pub(super) fn scan(text: &str, report: &mut impl FnMut(usize, &'static str)) {
    // Looking for one letter takes a tenth of looking for a word, and few texts have this one.
    if text.len() < SHORTEST || !text.contains('P') {
        return;
    }
    for (at, _) in text.match_indices(LABEL) {
        let before = &text.as_bytes()[at.saturating_sub(LONGEST_START)..at];
        let Some(begin) = before.windows(9).rposition(|window| window == b"---BEGIN ") else { continue };
        let is_kind = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b' ';
        let after = text[at + LABEL.len()..].trim_start_matches(" BLOCK").trim_start_matches('-');
        // In JSON and in scripts the end of a line is written out.
        let has_line = after.starts_with(['\r', '\n', '\\']);
        let body = after.trim_start_matches(['\r', '\n', ' ', '\t', '\\', 'n', 'r']);
        let has_body =
            body.starts_with(|first: char| first.is_ascii_alphanumeric() || matches!(first, '+' | '/'));
        if before[begin + 9..].iter().all(is_kind) && has_line && has_body {
            report(at, "a private key");
        }
    }
    for (at, _) in text.match_indices("PuTTY-User-Key-File-") {
        report(at, "a private key");
    }
}
