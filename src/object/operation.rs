//! What can be done to an object.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is being done to an object, in the words of `AdmissionRequest.operation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Operation {
    /// It is new.
    Create,
    /// It replaces an object; a PATCH arrives as this.
    Update,
    /// It goes away.
    Delete,
    /// A stream to it is opened.
    Connect,
    /// Something that no API server does yet: no policy knows what to make of it.
    #[serde(skip)]
    Unknown,
}

impl Operation {
    /// The API's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Connect => "CONNECT",
            Self::Unknown => "UNKNOWN",
        }
    }
}

impl std::str::FromStr for Operation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Create, Self::Update, Self::Delete, Self::Connect]
            .into_iter()
            .find(|operation| operation.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| format!("`{text}` is none of CREATE, UPDATE, DELETE, CONNECT"))
    }
}
