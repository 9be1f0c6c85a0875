//! What is wrong with a configuration: everything at once, each with its place.

use std::fmt;
use std::sync::Arc;

use crate::modes::Origin;
use crate::tree::positions::Position;

/// Everything that is wrong with a configuration, in the order of its files; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors(pub Vec<ConfigError>);

/// One thing that is wrong with a configuration, or one thing that deserves a second look.
///
/// Prints as `seawall.yaml:12:5: rules[0].policys: unknown field; did you mean `policies`?`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// The file, or the flag for what stands in none.
    pub file: Arc<str>,
    /// The place in the file; `None` where the file as a whole or a flag is meant.
    pub at: Option<Position>,
    /// The path of the field; empty where the file as a whole is meant.
    pub path: String,
    /// What is wrong: lower case, no full stop.
    pub message: String,
}

impl ConfigError {
    /// An error about a file as a whole.
    pub(super) fn of_file(file: &Arc<str>, message: impl Into<String>) -> Self {
        Self { file: file.clone(), at: None, path: String::new(), message: message.into() }
    }

    /// An error about what a flag says.
    pub(super) fn of_flag(origin: &Origin, message: impl Into<String>) -> Self {
        Self { file: origin.path.as_str().into(), at: None, path: String::new(), message: message.into() }
    }
}

impl ConfigErrors {
    /// Puts the errors of each file in the order of its lines, and drops repetitions; files stay in order.
    pub(super) fn sorted(mut errors: Vec<ConfigError>) -> Self {
        let mut files: Vec<Arc<str>> = Vec::new();
        for error in &errors {
            if !files.contains(&error.file) {
                files.push(error.file.clone());
            }
        }
        errors.sort_by_key(|error| (files.iter().position(|file| *file == error.file), error.at));
        errors.dedup();
        Self(errors)
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{error}")?;
        }
        Ok(())
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, at, path, message } = self;
        f.write_str(file)?;
        if let Some(at) = at {
            write!(f, ":{at}")?;
        }
        if !path.is_empty() {
            write!(f, ": {path}")?;
        }
        write!(f, ": {message}")
    }
}
