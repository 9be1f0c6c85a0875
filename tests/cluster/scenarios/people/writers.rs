//! Who may write what, where and when.

use anyhow::{Context as _, Result};
use http::Method;
use serde_json::{Value, json};

use super::{ALICE, let_in, refused};
use crate::support::control_plane::ControlPlane;
use crate::support::manifests::{CONTAINER, deployment, pod, with};
use crate::support::output::Output;
use crate::support::scene::{Guarded, Scene, User};
use crate::support::wait::{PATIENCE, eventually};

const POLICIES: &str = "
apiVersion: seawall.dev/v1
kind: Configuration
profile: none
policies: {CFG07: deny, NSP02: deny, RBA04: deny, STO07: deny}
rules:
  - scope: {namespaces: [writers-frozen]}
    policies: [META08]
    mode: deny
    params: {windows: [{from: 2020-01-01T00:00, until: 2999-01-01T00:00}]}
";

const ADD_ON: User<'_> = User {
    name: "system:serviceaccount:kube-system:dns-autoscaler",
    groups: &["system:serviceaccounts", "system:serviceaccounts:kube-system"],
};
const RUNNER: User<'_> = User {
    name: "system:serviceaccount:writers:runner",
    groups: &["system:serviceaccounts", "system:serviceaccounts:writers"],
};

pub(super) fn who_may_write_what(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "writers")?;
    for name in ["kube-writers", "writers-frozen"] {
        scene.add_namespace(name, &json!({}))?;
    }
    let guarded = scene.guard(POLICIES)?;
    namespaces_of_the_system(&guarded)?;
    secrets(&guarded)?;
    accounts(&guarded)?;
    databases(&guarded)?;
    during_a_freeze(&guarded)
}

fn create(guarded: &Guarded<'_>, user: User<'_>, object: &Value) -> Result<Output> {
    guarded.kubectl_as(user, &["create", "-f", "-"], &object.to_string())
}

fn namespaces_of_the_system(guarded: &Guarded<'_>) -> Result<()> {
    let write = |user: User<'_>, name: &str| {
        let flags = user.flags();
        let arguments = ["--namespace=kube-writers", "create", "configmap", name];
        let arguments: Vec<&str> = flags.iter().map(String::as_str).chain(arguments).collect();
        guarded.cluster().kubectl(&arguments, "")
    };
    refused(write(ALICE, "hers")?, "NSP02")?;
    let_in(write(ADD_ON, "its")?)?;
    // The bundle of certificates, which Kubernetes puts into every namespace, and puts back.
    let bundle = "/api/v1/namespaces/kube-writers/configmaps/kube-root-ca.crt";
    eventually(PATIENCE, || {
        let answer = guarded.cluster().call(Method::GET, bundle, None)?;
        Ok(answer.is_success().then_some(()))
    })
    .context("Kubernetes cannot write into its own namespace")?;
    Ok(())
}

fn secrets(guarded: &Guarded<'_>) -> Result<()> {
    let by_hand = ["create", "secret", "generic", "db", "--from-literal=password=hunter2"];
    refused(guarded.kubectl_as(ALICE, &by_hand, "")?, "CFG07")?;
    let owner = json!([{
        "apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "name": "db", "controller": true,
        "uid": "00000000-0000-4000-8000-000000000000",
    }]);
    let secret = |kind: &str, metadata: Value| {
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": kind, "metadata": metadata,
            "stringData": {"release": "H4sIAAAA"},
        })
    };
    let of_store = secret("Opaque", json!({"name": "db-of-store", "ownerReferences": owner}));
    let_in(create(guarded, ADD_ON, &of_store)?)?;
    let_in(create(guarded, ALICE, &secret("helm.sh/release.v1", json!({"name": "release"})))?)
}

fn accounts(guarded: &Guarded<'_>) -> Result<()> {
    for name in ["runner", "operator"] {
        let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}});
        guarded.create(&account)?.success()?;
    }
    let under = |name: &str, account: &str| {
        let mut pod = pod(name);
        pod["spec"]["serviceAccountName"] = json!(account);
        pod
    };
    refused(create(guarded, RUNNER, &under("borrowed", "operator"))?, "RBA04")?;
    // One that says nothing has become one under `default` by the time that Seawall is asked.
    refused(create(guarded, RUNNER, &pod("unsaid"))?, "RBA04")?;
    let_in(create(guarded, RUNNER, &under("own", "runner"))?)?;

    // The controllers of Kubernetes use the account that the workload has.
    let account = "/spec/template/spec/serviceAccountName";
    let served = with(deployment("served"), "/spec/replicas", json!(1));
    let_in(create(guarded, ALICE, &with(served, account, json!("operator")))?)?;
    let pods = "/api/v1/namespaces/writers/pods?labelSelector=app%3Dserved";
    eventually(PATIENCE, || {
        let listed = guarded.cluster().call(Method::GET, pods, None)?.success()?;
        Ok(listed.body["items"].as_array().filter(|pods| !pods.is_empty()).map(drop))
    })
    .context("the controller cannot make the Pod")
}

fn databases(guarded: &Guarded<'_>) -> Result<()> {
    let database = with(deployment("db"), "/kind", json!("StatefulSet"));
    let database = with(database, "/spec/serviceName", json!("db"));
    let database = with(database, &format!("{CONTAINER}/image"), json!("registry.example/postgres:17.2"));
    refused(create(guarded, ALICE, &database)?, "STO07")?;
    let approval = json!({"seawall.dev/approved-database": "data platform team"});
    let_in(create(guarded, ALICE, &with(database, "/metadata/annotations", approval))?)
}

fn during_a_freeze(guarded: &Guarded<'_>) -> Result<()> {
    let as_user = |user: User<'_>, arguments: &[&str]| {
        let flags = user.flags();
        let all = ["--namespace=writers-frozen"].into_iter().chain(arguments.iter().copied());
        guarded.cluster().kubectl(&flags.iter().map(String::as_str).chain(all).collect::<Vec<_>>(), "")
    };
    refused(as_user(ALICE, &["create", "configmap", "late"])?, "META08")?;
    refused(as_user(ALICE, &["delete", "configmap", "kube-root-ca.crt"])?, "META08")?;
    let change = r#"{"data": {"ca.crt": ""}}"#;
    refused(as_user(ALICE, &["patch", "configmap", "kube-root-ca.crt", "--patch", change])?, "META08")?;
    let_in(as_user(ALICE, &["annotate", "configmap", "kube-root-ca.crt", "example.com/seen=true"])?)?;
    let_in(as_user(ADD_ON, &["create", "configmap", "in-time"])?)?;

    // Whoever of Kubernetes begins it, what goes along goes.
    let delete = ["delete", "namespace", "writers-frozen", "--wait=false"];
    refused(as_user(ALICE, &delete)?, "META08")?;
    let_in(as_user(ADD_ON, &delete)?)?;
    eventually(PATIENCE, || {
        let answer = guarded.cluster().call(Method::GET, "/api/v1/namespaces/writers-frozen", None)?;
        Ok((answer.status == 404).then_some(()))
    })
    .context("the frozen namespace hangs in its deletion")
}
