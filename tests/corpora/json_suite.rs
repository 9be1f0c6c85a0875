//! JSONTestSuite: which byte strings are JSON.

use seawall::tree::json;
use serde_json::Value;

use crate::support::{Rule, text};

/// Refused on purpose, though JSON; `docs/parsers.md` says why.
const DIFFERENCES: [Rule<str>; 1] =
    [("duplicate keys are refused", |message| message.contains("stands twice in one object"))];

pub(crate) fn run(row: &Value) -> Result<(), String> {
    let outcome = json::read(&bytes(text(row, "text_hex")));
    match (text(&row["expected"], "verdict"), outcome) {
        ("accept", Err(error)) => {
            let message = error.to_string();
            let known = DIFFERENCES.iter().any(|(_, applies)| applies(&message));
            if known { Ok(()) } else { Err(format!("refused: {message}")) }
        }
        ("reject", Ok(_)) => Err("accepted".to_owned()),
        _ => Ok(()),
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    hex.as_bytes()
        .chunks(2)
        .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}
