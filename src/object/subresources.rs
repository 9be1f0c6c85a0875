//! What arrives for subresources: `exec` and other streams, `scale`.

use super::lens::{Bool, Int, Text, lens};
use super::meta::ObjectMeta;

lens! {
    /// The options of a CONNECT to `pods/exec`.
    PodExecOptions {
        "container" => container: Text,
        "command" => command: [Text],
        "stdin" => stdin: Bool = false,
        "tty" => tty: Bool = false,
    }

    /// The options of a CONNECT to `pods/attach`, `pods/portforward` and the three `proxy` subresources: each has one
    /// of these fields.
    ConnectOptions {
        "container" => container: Text,
        "ports" => ports: [Int],
        "path" => path: Text,
    }

    /// An object of the `scale` subresource: it has its parent's name, but neither labels nor annotations.
    Scale {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: ScaleSpec,
    }

    /// The number that is asked for.
    ScaleSpec {
        "replicas" => replicas: Int = 0,
    }
}
