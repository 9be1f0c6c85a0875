//! What Git describes, and labels and annotations that others read.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{ALICE, let_in, refused};
use crate::support::control_plane::ControlPlane;
use crate::support::manifests::{CONTAINER, deployment, with};
use crate::support::output::Output;
use crate::support::scene::{Guarded, Scene, User};
use crate::support::wait::{PATIENCE, eventually};

const POLICIES: &str = "
apiVersion: seawall.dev/v1
kind: Configuration
profile: none
policies: {META03: deny, META04: deny, META06: deny, META07: deny}
";

const ARGO: User<'_> = User {
    name: "system:serviceaccount:argocd:argocd-application-controller",
    groups: &["system:serviceaccounts", "system:serviceaccounts:argocd"],
};

pub(super) fn at_what_git_owns(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "owned")?;
    let guarded = scene.guard(POLICIES)?;
    let apply = |user, manager: &str, object: &Value| {
        let manager = format!("--field-manager={manager}");
        let arguments = ["apply", "--server-side", "--force-conflicts", &manager, "-f", "-"];
        guarded.kubectl_as(user, &arguments, &object.to_string())
    };
    let annotations = json!({"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:owned/web"});
    let web = with(deployment("web"), "/metadata/annotations", annotations);
    let next = with(web.clone(), &format!("{CONTAINER}/image"), json!("registry.example/app:1.4.3"));
    let_in(apply(ARGO, "argocd-controller", &web)?)?;
    guarded.create(&deployment("free"))?.success()?;

    refused(edit(&guarded, "web")?, "META06")?;
    let_in(edit(&guarded, "free")?)?;
    refused(apply(ALICE, "pipeline", &next)?, "META07")?;
    let_in(apply(ARGO, "argocd-controller", &next)?)?;

    // Neither replicas nor a restart are what Git says, and what the controller of Deployments notes is nobody's.
    let_in(guarded.kubectl_as(ALICE, &["rollout", "restart", "deployment", "web"], "")?)?;
    let_in(guarded.kubectl_as(ALICE, &["scale", "deployment", "web", "--replicas=1"], "")?)?;
    eventually(PATIENCE, || {
        let seen = guarded.read(&web)?.success()?;
        let revision = &seen.body["metadata"]["annotations"]["deployment.kubernetes.io/revision"];
        Ok(revision.is_string().then_some(()))
    })
    .context("the controller cannot write its own annotation")?;

    let mark = |what: &str, mark: &str| guarded.kubectl_as(ALICE, &[what, "deployment", "free", mark], "");
    refused(mark("label", "team=search")?, "META04")?;
    let_in(mark("label", "app.kubernetes.io/version=1.4.3")?)?;
    refused(mark("annotate", "kube-score/ignore=container-resources")?, "META03")?;
    let_in(mark("annotate", "example.com/team=search")?)
}

/// `kubectl edit` by Alice, who writes another image.
fn edit(guarded: &Guarded<'_>, name: &str) -> Result<Output> {
    let flags = ALICE.flags();
    let arguments = ["--namespace", &guarded.name, "edit", "deployment", name];
    let arguments: Vec<&str> = flags.iter().map(String::as_str).chain(arguments).collect();
    guarded.cluster().kubectl_with_editor(&arguments, "", "sed -i s/app:1.4.2/app:1.4.3-hotfix/")
}
