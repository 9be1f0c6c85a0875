//! Configurations that tell themselves apart by what becomes of a mutable tag.

/// It is refused.
pub(crate) const REFUSES: &str = "
apiVersion: seawall.dev/v1
kind: Configuration
profile: none
policies: {IMG01: deny}
";

/// It is warned of.
pub(crate) const WARNS: &str = "
apiVersion: seawall.dev/v1
kind: Configuration
profile: none
policies: {IMG01: warn}
";
