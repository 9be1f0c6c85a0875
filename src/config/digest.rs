//! The digest of a configuration: what it says, not how it is written.

use std::fmt::{self, Write as _};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::Overrides;

/// How much of a digest people are shown, in characters.
const SHOWN: usize = 12;

/// SHA-256 over everything that decides what is judged and how: the values in all files, and the flags that change
/// them. The section `registration` is among them: it decides which requests get a verdict at all, and a reload that
/// changes nothing else would leave no trace otherwise.
///
/// Comments and layout do not change it. The order of keys does: among `policies` the later one wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest(String);

impl Digest {
    pub(super) fn of(documents: &[Value], overrides: &Overrides) -> Self {
        let Overrides { profile, max_mode, select, ignore, pod_security, kubernetes_version } = overrides;
        let flags = json!({
            "profile": profile,
            "maxMode": max_mode,
            "select": select,
            "ignore": ignore,
            "podSecurity": pod_security,
            "kubernetesVersion": kubernetes_version,
        });
        let content = json!({ "documents": documents, "flags": flags });
        let hash = Sha256::digest(content.to_string().as_bytes());
        let mut text = String::new();
        for byte in hash {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// All of it: 64 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    /// The beginning only, which is what people are shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0[..SHOWN])
    }
}
