//! Which mode applies: `mode = table(policy, scope)`.
//!
//! Sources in order, later wins: the profile, the settings of policies, the rules in order, exceptions (they
//! only lower, to `audit`), and caps. Every answer can be [explained](View::explain) by the line of the
//! configuration that decided it.

mod explain;
mod scope;
mod table;
#[cfg(test)]
mod tests;
mod view;

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use explain::date;
pub use explain::{Explanation, Step};
pub use scope::{ContainerAt, LabelRequirement, LabelSelector, Labels, Match, Scope};
pub(crate) use table::unknown_policy;
pub use table::{ModeTable, TableError};
pub use view::{Because, CONTROLLERS, Ruling, Run, Upcoming, View};

use crate::object::workload::Workloads;
use crate::policy::{Meta, Severity};

/// What happens when a policy finds something.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Nothing: the policy is not run.
    #[default]
    Off,
    /// It is recorded and counted; the writer does not see it.
    Audit,
    /// The writer sees a warning.
    Warn,
    /// The request is refused.
    Deny,
}

impl Mode {
    /// All modes, from nothing to refusal.
    pub const ALL: [Self; 4] = [Self::Off, Self::Audit, Self::Warn, Self::Deny];

    /// The word users write and read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Audit => "audit",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mode = Self::ALL.into_iter().find(|mode| mode.as_str() == text);
        mode.ok_or_else(|| format!("`{text}` is none of off, audit, warn, deny"))
    }
}

/// How severities become modes; the first source of the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Refuses what takes production down, and shows nothing else.
    Baseline,
    /// Refuses what takes production down and warns of anti-patterns.
    #[default]
    Production,
    /// Refuses anti-patterns too, and warns of everything else.
    Strict,
    /// Everything is off until a setting or a rule turns it on.
    None,
}

impl Profile {
    /// All profiles that turn something on.
    pub const ALL: [Self; 3] = [Self::Baseline, Self::Production, Self::Strict];

    /// The word users write and read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Production => "production",
            Self::Strict => "strict",
            Self::None => "none",
        }
    }

    /// The mode of a policy before anything else is said about it.
    pub fn mode(self, policy: &Meta) -> Mode {
        if policy.opt_in {
            return Mode::Off;
        }
        match (self, policy.severity) {
            (Self::None, _) | (Self::Baseline, Severity::Low) => Mode::Off,
            (Self::Baseline | Self::Production, Severity::High)
            | (Self::Strict, Severity::High | Severity::Medium) => Mode::Deny,
            (Self::Baseline, Severity::Medium) | (Self::Production, Severity::Low) => Mode::Audit,
            (Self::Production, Severity::Medium) | (Self::Strict, Severity::Low) => Mode::Warn,
        }
    }
}

impl std::str::FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let profile = Self::ALL.into_iter().chain([Self::None]).find(|profile| profile.as_str() == text);
        profile.ok_or_else(|| format!("`{text}` is none of baseline, production, strict, none"))
    }
}

/// Where a setting stands: a line of a file, or a flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The file; for a flag the command line, for what nobody set the built-in default.
    pub file: Arc<str>,
    /// The line, from 1; 0 where there are no lines.
    pub line: u32,
    /// The path in the file, such as `rules[2]`, or the flag.
    pub path: String,
}

impl Origin {
    /// The origin of what nobody set.
    pub fn default_value(path: &str) -> Self {
        Self { file: "default".into(), line: 0, path: path.to_owned() }
    }

    /// The origin of what a flag set.
    pub fn flag(flag: &str) -> Self {
        Self { file: "command line".into(), line: 0, path: flag.to_owned() }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, path } = self;
        if *line == 0 { write!(f, "{file} {path}") } else { write!(f, "{file}:{line} {path}") }
    }
}

/// Everything that a mode table is made from: the configuration after it has been read and checked.
#[derive(Debug)]
pub struct TableSpec {
    /// The profile and who chose it.
    pub profile: (Profile, Origin),
    /// Settings of policies, later wins.
    pub policies: Vec<PolicySetting>,
    /// Rules, later wins.
    pub rules: Vec<Rule>,
    /// Permissions to violate policies for a while.
    pub exceptions: Vec<Exception>,
    /// The cap over everything.
    pub max_mode: (Mode, Origin),
    /// Whether an UPDATE may keep the violations that the object already had.
    pub ratchet: bool,
    /// Whether objects that Kubernetes' own controllers make are judged as if people had made them.
    pub enforce_pods_of_controllers: bool,
    /// Custom resources that carry Pods.
    pub workloads: Workloads,
}

impl Default for TableSpec {
    fn default() -> Self {
        Self {
            profile: (Profile::default(), Origin::default_value("profile")),
            policies: Vec::new(),
            rules: Vec::new(),
            exceptions: Vec::new(),
            max_mode: (Mode::Deny, Origin::default_value("maxMode")),
            ratchet: true,
            enforce_pods_of_controllers: false,
            workloads: Workloads::default(),
        }
    }
}

impl TableSpec {
    /// Gives the selected policies `deny` whatever the configuration says, and turns all others off; parameters
    /// stay as they are.
    pub fn select(&mut self, selectors: &[String], origin: &Origin) {
        self.profile = (Profile::None, origin.clone());
        self.max_mode = (Mode::Deny, origin.clone());
        self.policies.iter_mut().for_each(|setting| setting.mode = None);
        self.rules.iter_mut().for_each(|rule| rule.mode = None);
        self.exceptions.clear();
        self.rules.push(Rule::everywhere(selectors, Mode::Deny, origin));
    }

    /// The table in which one policy has `deny` with these parameters, and all others are off.
    pub fn only(policy: &str, params: serde_json::Value, origin: &Origin) -> Self {
        let setting = PolicySetting {
            selector: policy.to_owned(),
            mode: Some(Mode::Deny),
            params: Some(params),
            origin: origin.clone(),
        };
        Self { profile: (Profile::None, origin.clone()), policies: vec![setting], ..Self::default() }
    }

    /// Turns policies off, whatever the configuration says.
    pub fn ignore(&mut self, selectors: &[String], origin: &Origin) {
        self.rules.push(Rule::everywhere(selectors, Mode::Off, origin));
    }
}

/// Mode and parameters of one or more policies, everywhere.
#[derive(Debug)]
pub struct PolicySetting {
    /// A code, a name, a theme's prefix or `all`.
    pub selector: String,
    /// The mode, if the setting changes it.
    pub mode: Option<Mode>,
    /// Parameters, if the setting gives some.
    pub params: Option<serde_json::Value>,
    /// Where the setting stands.
    pub origin: Origin,
}

/// Mode and parameters of some policies in a scope.
#[derive(Debug)]
pub struct Rule {
    /// Where the rule applies.
    pub scope: Scope,
    /// Codes, names, prefixes of themes or `all`.
    pub policies: Vec<String>,
    /// The mode, if the rule changes it.
    pub mode: Option<Mode>,
    /// Parameters, if the rule gives some.
    pub params: Option<serde_json::Value>,
    /// The instant from which the rule holds.
    pub from: Option<Timestamp>,
    /// Where the rule stands.
    pub origin: Origin,
}

impl Rule {
    fn everywhere(selectors: &[String], mode: Mode, origin: &Origin) -> Self {
        let (scope, policies) = (Scope::default(), selectors.to_vec());
        Self { scope, policies, mode: Some(mode), params: None, from: None, origin: origin.clone() }
    }
}

/// A dated permission: it lowers findings to `audit` until it expires.
#[derive(Debug)]
pub struct Exception {
    /// What is permitted where.
    pub scope: Scope,
    /// Codes, names, prefixes of themes or `all`.
    pub policies: Vec<String>,
    /// Who answers for it.
    pub owner: String,
    /// Why it is needed.
    pub reason: String,
    /// The instant from which it does nothing.
    pub expires: Timestamp,
    /// Where the exception stands.
    pub origin: Origin,
}
