//! What there is to say about a policy besides what it finds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::docs::Docs;
use crate::object::kinds::Kind;
use crate::object::operation::Operation;

/// A policy's metadata; all of it stands in the policy's file.
#[derive(Debug)]
pub struct Meta {
    /// Short and stable: three letters for the theme and a number.
    pub code: &'static str,
    /// The same as a number.
    pub(crate) number: Number,
    /// Names the defect, so that "exempt from `name`" reads as a sentence.
    pub name: &'static str,
    /// The theme, which is also the folder.
    pub theme: Theme,
    /// The release that brought it.
    pub since: &'static str,
    /// How bad the defect is; profiles turn it into a mode.
    pub severity: Severity,
    /// Off in every profile until it is selected.
    pub opt_in: bool,
    /// The kinds it looks at.
    pub kinds: &'static [&'static Kind],
    /// The operations during which it looks.
    pub operations: &'static [Operation],
    /// What it has to know.
    pub needs: Needs,
    /// The kinds of other objects that it asks for. One that does not need [`Needs::Facts`] has its answer without them,
    /// and a better one where they are known.
    pub reads: &'static [&'static Kind],
    /// The policies that say the same better: where they speak, this one is silent.
    pub yields_to: &'static [Yield],
    /// The checks of other tools that find the same, as `tool:check`.
    pub equivalents: &'static [&'static str],
    /// Where the rule comes from.
    pub references: &'static [&'static str],
    pub(crate) text: &'static str,
    pub(crate) fix: &'static str,
    /// The file that declares it.
    pub file: &'static str,
    /// The line in that file.
    pub line: u32,
}

impl Meta {
    /// The documentation, taken apart.
    pub fn docs(&self) -> Docs<'static> {
        Docs::parse(self.text)
    }

    /// What to do, in one line.
    pub fn fix_line(&self) -> String {
        let mut line = String::with_capacity(self.fix.len());
        for part in self.fix.lines().map(str::trim) {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(part);
        }
        line
    }

    /// Whether a selector as users write it means this policy: its code, its name, its theme's prefix, or `all`.
    pub fn is_selected_by(&self, selector: &str) -> bool {
        self.is_named_by(selector) || selector == "all" || selector.eq_ignore_ascii_case(self.theme.prefix())
    }

    /// Whether a selector means this policy and no other: its code or its name.
    pub fn is_named_by(&self, selector: &str) -> bool {
        selector == self.name || selector.eq_ignore_ascii_case(self.code)
    }
}

/// How bad a defect is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Advice.
    Low,
    /// An anti-pattern with plausible exceptions.
    Medium,
    /// Takes production down, leaks a credential or is a way out of the container; hardly ever legitimate.
    High,
}

impl Severity {
    /// The word users read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What a policy has to know besides the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Needs {
    /// Nothing else.
    Object,
    /// Who writes and how: only a webhook can judge it.
    Request,
    /// Other objects.
    Facts,
}

impl Needs {
    /// The kinds of other objects that a policy has to know if it does not name them: those that it looks at itself, so
    /// that it speaks whichever of them arrives.
    pub(crate) const fn reads(self, kinds: &'static [&'static Kind]) -> &'static [&'static Kind] {
        match self {
            Self::Object | Self::Request => &[],
            Self::Facts => kinds,
        }
    }
}

/// A code as a number: findings are weighed against each other by it, all against all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(u64);

impl Number {
    /// The number of a code; at compile time for those of the catalogue.
    pub(crate) const fn of(code: &str) -> Self {
        let (bytes, mut number, mut at) = (code.as_bytes(), 0, 0);
        while at < bytes.len() {
            number = number << 8 | bytes[at] as u64;
            at += 1;
        }
        Self(number)
    }
}

/// A policy that another one yields to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Yield {
    /// The code of the policy that speaks.
    pub code: &'static str,
    /// The same.
    #[serde(skip)]
    pub number: Number,
    /// How near its finding has to be.
    pub within: Reach,
}

/// How near two findings have to be to speak of the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// At the same field.
    Field,
    /// In the same container; what is said of the Pod is in none.
    Container,
    /// In the same container, or said of the whole Pod.
    PodOrContainer,
    /// In the same object.
    Object,
}

macro_rules! themes {
    ($($theme:ident = $prefix:literal $folder:literal $title:literal;)*) => {
        /// A theme of the catalogue.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Theme {
            $(#[doc = concat!($title, ", `", $prefix, "`.")] $theme,)*
        }

        impl Theme {
            /// All themes, in the order in which they are listed.
            pub const ALL: &'static [Self] = &[$(Self::$theme),*];

            /// The letters that its codes start with.
            pub const fn prefix(self) -> &'static str {
                match self { $(Self::$theme => $prefix),* }
            }

            /// The folder below `src/catalogue`.
            pub const fn folder(self) -> &'static str {
                match self { $(Self::$theme => $folder),* }
            }

            /// The name that users read.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$theme => $title),* }
            }
        }
    };
}

themes! {
    Images = "IMG" "images" "Images";
    Resources = "RES" "resources" "Resources";
    Probes = "PRB" "probes" "Probes";
    Availability = "AVL" "availability" "Availability";
    Lifecycle = "LCY" "lifecycle" "Lifecycle";
    PodSecurity = "SEC" "pod_security" "Pod security";
    Rbac = "RBA" "rbac" "RBAC";
    Configuration = "CFG" "configuration" "Secrets and configuration";
    Network = "NET" "network" "Network";
    Namespaces = "NSP" "namespaces" "Namespaces";
    Ownership = "META" "ownership" "Ownership and GitOps";
    Storage = "STO" "storage" "Storage";
    Scheduling = "SCH" "scheduling" "Scheduling";
    Jobs = "JOB" "jobs" "Jobs";
    ApiVersions = "APH" "api_versions" "API versions";
    Access = "ADM" "access" "Access";
}

impl Theme {
    /// The theme of a code; a code with an unknown prefix does not compile.
    pub(crate) const fn of_code(code: &str) -> Self {
        let mut index = 0;
        while index < Self::ALL.len() {
            if starts_with(code.as_bytes(), Self::ALL[index].prefix().as_bytes()) {
                return Self::ALL[index];
            }
            index += 1;
        }
        panic!("the code starts with the prefix of no theme")
    }
}

const fn starts_with(text: &[u8], prefix: &[u8]) -> bool {
    let mut index = 0;
    while index < prefix.len() {
        if index >= text.len() || text[index] != prefix[index] {
            return false;
        }
        index += 1;
    }
    true
}

/// The name of a policy, made from that of its type at compile time.
#[derive(Debug)]
pub struct Kebab {
    bytes: [u8; 64],
    len: usize,
}

impl Kebab {
    /// `LatestImageTag` becomes `latest-image-tag`, `ShellAsPid1` becomes `shell-as-pid-1`.
    pub const fn of(camel: &str) -> Self {
        let camel = camel.as_bytes();
        let mut kebab = Self { bytes: [0; 64], len: 0 };
        let mut index = 0;
        while index < camel.len() {
            let byte = camel[index];
            let starts_digits = byte.is_ascii_digit() && index > 0 && !camel[index - 1].is_ascii_digit();
            if index > 0 && (byte.is_ascii_uppercase() || starts_digits) {
                kebab.push(b'-');
            }
            kebab.push(byte.to_ascii_lowercase());
            index += 1;
        }
        kebab
    }

    /// The name; empty if the identifier was not ASCII, which the catalogue's tests would see.
    pub const fn as_str(&'static self) -> &'static str {
        match std::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => "",
        }
    }

    const fn push(&mut self, byte: u8) {
        self.bytes[self.len] = byte;
        self.len += 1;
    }
}
