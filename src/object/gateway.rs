//! What the Gateway API routes, as far as it is read.

use super::lens::{Int, Text, lens};
use super::meta::ObjectMeta;

lens! {
    /// [`HTTPRoute`](https://gateway-api.sigs.k8s.io/reference/api-spec/main/spec/#httproute).
    HttpRoute {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: HttpRouteSpec,
    }

    /// Which requests go where.
    HttpRouteSpec {
        "rules" => rules: [HttpRouteRule],
    }

    /// What is done with some of the requests.
    HttpRouteRule {
        "backendRefs" => backend_refs: [BackendRef],
    }

    /// What requests are sent to.
    BackendRef {
        "group" => group: Text = "",
        "kind" => kind: Text = "Service",
        "namespace" => namespace: Text,
        "name" => name: Text,
        "port" => port: Int,
    }
}
