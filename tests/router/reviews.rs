//! AdmissionReviews through the real webhook: what comes back, within the limits of the API server.

use std::time::{Duration, Instant};

use seawall::config::Overrides;
use seawall::server::{Endpoint, Exchange, Reviewer, Webhook};
use serde_json::{Value, json};

use crate::webhook::{send, webhook};

const DEPLOYER: &str = "pipeline";

fn review(request: &Value) -> Value {
    let mut review = json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "705ab4f5",
            "operation": "CREATE",
            "kind": { "group": "", "version": "v1", "kind": "Pod" },
            "namespace": "shop",
            "userInfo": { "username": DEPLOYER, "groups": ["system:authenticated"] },
        },
    });
    merge(&mut review["request"], request);
    review
}

fn merge(into: &mut Value, from: &Value) {
    for (key, value) in from.as_object().cloned().unwrap_or_default() {
        into[key] = value;
    }
}

fn pod(images: &[&str]) -> Value {
    let containers =
        images.iter().enumerate().map(|(n, image)| json!({ "name": format!("c{n}"), "image": image }));
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "web", "namespace": "shop" },
        "spec": { "containers": containers.collect::<Vec<_>>() },
    })
}

/// Only `latest-image-tag`, with a mode.
fn only_latest(mode: &str) -> Webhook {
    let text = format!(
        "apiVersion: seawall.dev/v1\nkind: Configuration\nprofile: none\npolicies: {{ latest-image-tag: {mode} }}\n"
    );
    webhook(Some(&text), &Overrides::default())
}

fn answer(webhook: &Webhook, review: &Value) -> Value {
    answer_at(webhook, Endpoint::Open, review)
}

fn answer_at(webhook: &Webhook, endpoint: Endpoint, review: &Value) -> Value {
    let (status, answer) = send(webhook, endpoint, review.to_string().as_bytes());
    assert_eq!(status, 200, "{answer}");
    answer["response"].clone()
}

#[test]
fn a_refusal_says_everything_in_its_message_and_its_causes() {
    let answer = answer(&only_latest("deny"), &review(&json!({ "object": pod(&["nginx:1.27.3", "nginx"]) })));
    assert_eq!(answer["allowed"], false);
    assert_eq!(answer["status"]["code"], 403);
    assert_eq!(answer["status"]["reason"], "Forbidden");
    assert_eq!(
        answer["status"]["details"]["causes"],
        json!([{
            "reason": "IMG01",
            "field": "spec.containers[1].image",
            "message": "image `nginx` has no tag, which means `latest`",
        }])
    );
    let message = answer["status"]["message"].as_str().unwrap();
    for part in ["IMG01 latest-image-tag", "spec.containers[1].image", "image `nginx` has no tag", "fix: "] {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(answer["auditAnnotations"]["decision"], "deny");
    assert_eq!(answer["auditAnnotations"]["findings"], "deny=IMG01");
}

#[test]
fn warn_and_audit_let_through() {
    let review = review(&json!({ "object": pod(&["nginx"]) }));
    let warned = answer(&only_latest("warn"), &review);
    assert_eq!(warned["allowed"], true);
    assert_eq!(
        warned["warnings"],
        json!(["[IMG01] spec.containers[0].image: image `nginx` has no tag, which means `latest`"])
    );
    let audited = answer(&only_latest("audit"), &review);
    assert_eq!((&audited["allowed"], &audited["warnings"]), (&json!(true), &Value::Null));
    assert_eq!(audited["auditAnnotations"]["findings"], "audit=IMG01");
}

#[test]
fn warnings_stay_within_the_limits_of_the_api_server_and_what_is_cut_is_counted() {
    let long = format!("registry.example/{}\u{7}", "a".repeat(400));
    let images: Vec<String> = (0..100).map(|n| format!("{long}{n}")).collect();
    let images: Vec<&str> = images.iter().map(String::as_str).collect();
    let answer = answer(&only_latest("warn"), &review(&json!({ "object": pod(&images) })));
    let warnings: Vec<&str> =
        answer["warnings"].as_array().unwrap().iter().map(|warning| warning.as_str().unwrap()).collect();
    assert!(warnings.iter().map(|warning| warning.chars().count()).sum::<usize>() <= 4096);
    assert!(warnings.iter().all(|warning| warning.chars().count() <= 256));
    assert!(warnings.iter().all(|warning| !warning.chars().any(char::is_control)));
    let (last, shown) = warnings.split_last().unwrap();
    assert_eq!(*last, format!("and {} more findings, see `seawall check`", 100 - shown.len()));
}

#[test]
fn answers_in_the_version_that_asked() {
    for version in ["admission.k8s.io/v1", "admission.k8s.io/v1beta1"] {
        let mut review = review(&json!({ "object": pod(&["nginx"]) }));
        review["apiVersion"] = json!(version);
        let (_, answer) = send(&only_latest("deny"), Endpoint::Open, review.to_string().as_bytes());
        assert_eq!(answer["apiVersion"], version);
        assert_eq!(answer["kind"], "AdmissionReview");
        assert_eq!(answer["response"]["uid"], "705ab4f5");
    }
}

#[test]
fn what_is_no_review_is_refused_with_a_reason() {
    let valid = review(&json!({})).to_string();
    let without = |field: &str| {
        let mut review = review(&json!({}));
        review["request"].as_object_mut().unwrap().remove(field);
        review.to_string()
    };
    let nested = format!(r#"{{"request":{}1{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    for (body, reason) in [
        (String::new(), "EOF"),
        ("[]".to_owned(), "`apiVersion` is missing"),
        ("{}".to_owned(), "`apiVersion` and `kind` are `` and ``"),
        (valid.replace("admission.k8s.io/v1", "admission.k8s.io/v2"), "`admission.k8s.io/v2`"),
        (valid.replace("AdmissionReview", "AdmissionRequest"), "must be `admission.k8s.io/v1`"),
        (valid[..valid.len() / 2].to_owned(), "EOF"),
        (valid.replace("\"uid\"", "\"operation\""), "stands twice"),
        (nested, "recursion limit"),
        (without("uid"), "`request.uid` is missing"),
        (without("kind"), "`request.kind` is missing"),
        (without("operation"), "`request.operation` is missing"),
        (
            review(&json!({ "object": "text" })).to_string(),
            "`request.object` is missing or of the wrong type",
        ),
    ] {
        let (status, answer) = send(&only_latest("deny"), Endpoint::Open, body.as_bytes());
        assert_eq!(status, 400, "{body:.100}");
        let error = answer["error"].as_str().unwrap();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn what_cannot_be_judged_goes_the_way_of_the_failure_policy_and_never_silently() {
    let mut malformed = pod(&["nginx"]);
    malformed["spec"]["containers"][0]["image"] = json!(7);
    let webhook = only_latest("deny");
    for (review, why) in [
        (
            review(&json!({ "object": malformed })),
            "`spec.containers[0].image` is an integer, must be a string",
        ),
        (review(&json!({ "object": pod(&["nginx"]), "operation": "TRANSMOGRIFY" })), "its operation is none"),
    ] {
        let open = answer_at(&webhook, Endpoint::Open, &review);
        assert_eq!(open["allowed"], true);
        let warning = open["warnings"][0].as_str().unwrap();
        assert!(warning.starts_with("this Pod could not be judged: ") && warning.contains(why), "{warning}");
        let closed = answer_at(&webhook, Endpoint::Closed, &review);
        assert_eq!((&closed["allowed"], &closed["status"]["code"]), (&json!(false), &json!(500)));
        assert!(closed["status"]["message"].as_str().unwrap().contains(why), "{closed}");
        assert_eq!(closed["auditAnnotations"]["decision"], "cannot_judge");
    }
}

#[test]
fn what_no_policy_could_refuse_is_not_refused_for_lack_of_a_judgement() {
    let mut malformed = pod(&["nginx"]);
    malformed["spec"]["containers"][0]["image"] = json!(7);
    let malformed = review(&json!({ "object": malformed }));
    for (mode, warnings) in [("off", false), ("audit", false), ("warn", true)] {
        for endpoint in [Endpoint::Open, Endpoint::Closed] {
            let answer = answer_at(&only_latest(mode), endpoint, &malformed);
            assert_eq!(answer["allowed"], true, "{mode} {endpoint:?}");
            assert_eq!(answer["warnings"].is_array(), warnings, "{mode} {endpoint:?}");
        }
    }
}

#[test]
fn an_object_made_of_violations_costs_no_more_than_its_size() {
    let images: Vec<String> = (0..20_000).map(|n| format!("image{n}")).collect();
    let images: Vec<&str> = images.iter().map(String::as_str).collect();
    let object = pod(&images);
    let answer = answer(&only_latest("deny"), &review(&json!({ "object": object })));
    let message = answer["status"]["message"].as_str().unwrap();
    assert!(message.len() < 10_000 && message.ends_with("and 481 more"), "{message}");
    let mut labelled = object.clone();
    let labels: serde_json::Map<_, _> = (0..20_000).map(|n| (format!("label{n}"), json!("x"))).collect();
    labelled["metadata"]["labels"] = Value::Object(labels);
    let request = json!({ "operation": "UPDATE", "oldObject": labelled, "object": object });
    assert_eq!(super::reviews::answer(&only_latest("deny"), &review(&request))["allowed"], false);
}

#[test]
fn a_deadline_that_has_passed_is_an_answer_too() {
    let review = review(&json!({ "object": pod(&["nginx"]) })).to_string();
    for (mode, endpoint, allowed) in
        [("deny", Endpoint::Open, true), ("deny", Endpoint::Closed, false), ("warn", Endpoint::Closed, true)]
    {
        let now = Instant::now();
        let exchange =
            Exchange { endpoint, body: review.as_bytes(), oversize: false, deadline: now, received: now };
        let answer: Value = serde_json::from_slice(&only_latest(mode).review(exchange).body).unwrap();
        assert_eq!(answer["response"]["allowed"], allowed, "{mode} {endpoint:?}");
    }
}

#[test]
fn size_is_a_verdict_and_padding_no_way_through() {
    let both = "apiVersion: seawall.dev/v1\nkind: Configuration\nprofile: none\n\
                policies: { latest-image-tag: deny, AVL06: deny }\n";
    let webhook = webhook(Some(both), &Overrides::default());
    let of_kind = |group: &str, kind: &str| {
        let kind = json!({ "group": group, "version": "v1", "kind": kind });
        review(&json!({ "kind": kind, "object": pod(&["nginx"]) })).to_string()
    };
    let (pod, budget) = (of_kind("", "Pod"), of_kind("policy", "PodDisruptionBudget"));
    let nobody_asks = of_kind("", "ConfigMap");
    for (body, endpoint, allowed) in [
        (&pod, Endpoint::Open, false),
        (&pod, Endpoint::Closed, false),
        (&budget, Endpoint::Open, true),
        (&budget, Endpoint::Closed, false),
        (&nobody_asks, Endpoint::Closed, true),
    ] {
        let received = Instant::now();
        let deadline = received + Duration::from_secs(10);
        // The prefix of a body that goes on.
        let body = &body.as_bytes()[..body.len() - 20];
        let exchange = Exchange { endpoint, body, oversize: true, deadline, received };
        let answer: Value = serde_json::from_slice(&webhook.review(exchange).body).unwrap();
        assert_eq!(answer["response"]["uid"], "705ab4f5");
        assert_eq!(answer["response"]["allowed"], allowed, "{endpoint:?} {answer}");
        assert_eq!(answer["response"]["auditAnnotations"]["decision"], "cannot_judge");
    }
}

#[test]
fn an_update_is_refused_for_what_it_makes_worse() {
    let webhook = only_latest("deny");
    let update = |old: &[&str], new: &[&str]| {
        answer(
            &webhook,
            &review(&json!({ "operation": "UPDATE", "oldObject": pod(old), "object": pod(new) })),
        )
    };
    assert_eq!(update(&["nginx:1.27.3"], &["nginx"])["allowed"], false, "new");
    let kept = update(&["nginx"], &["nginx"]);
    assert_eq!((&kept["allowed"], &kept["warnings"][0].is_string()), (&json!(true), &true), "there before");
    let moved = review(&json!({
        "operation": "UPDATE",
        "oldObject": pod(&["nginx"]),
        "object": { "apiVersion": "v1", "kind": "Pod", "spec": { "containers": [
            { "name": "first", "image": "busybox:1.36.1" }, { "name": "c0", "image": "nginx" } ] } },
    }));
    assert_eq!(answer(&webhook, &moved)["allowed"], true, "the same container at another index");
    assert_eq!(update(&["nginx"], &["nginx", "redis"])["allowed"], false, "a second one");
    assert_eq!(update(&["nginx"], &["redis"])["allowed"], false, "another violation at the same place");
    assert!(kept["warnings"][0].as_str().unwrap().ends_with(" (it was there before)"), "{kept}");
}

#[test]
fn deletion_is_never_held_up_and_excuses_nothing() {
    for ratchet in [true, false] {
        let text = format!(
            "apiVersion: seawall.dev/v1\nkind: Configuration\nprofile: none\nratchet: {ratchet}\n\
             policies: {{ latest-image-tag: deny }}\n",
        );
        deletion_goes_on(&webhook(Some(&text), &Overrides::default()));
    }
}

fn deletion_goes_on(webhook: &Webhook) {
    let mut deleting = pod(&["nginx"]);
    deleting["metadata"]["deletionTimestamp"] = json!("2026-11-21T12:00:00Z");
    deleting["metadata"]["finalizers"] = json!(["example.com/wait"]);
    let mut released = deleting.clone();
    released["metadata"]["finalizers"] = json!([]);
    released["status"] = json!({ "phase": "Failed" });
    let update = |old: &Value, new: &Value| {
        answer(webhook, &review(&json!({ "operation": "UPDATE", "oldObject": old, "object": new })))
    };
    assert_eq!(update(&deleting, &released)["allowed"], true);
    let mut worse = released.clone();
    worse["spec"]["containers"][0]["image"] = json!("redis");
    worse["spec"]["containers"][0]["name"] = json!("other");
    assert_eq!(update(&deleting, &worse)["allowed"], false);
    let deletion = review(&json!({ "operation": "DELETE", "oldObject": deleting, "object": null }));
    assert_eq!(answer(webhook, &deletion)["allowed"], true);
}

#[test]
fn pods_of_controllers_are_judged_by_their_template() {
    let mut owned = pod(&["nginx"]);
    owned["metadata"]["ownerReferences"] =
        json!([{ "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-1", "controller": true }]);
    let by = |user: &str, object: &Value| {
        let user = json!({ "username": user });
        answer(&only_latest("deny"), &review(&json!({ "userInfo": user, "object": object })))
    };
    let controller = "system:serviceaccount:kube-system:replicaset-controller";
    let made = by(controller, &owned);
    assert_eq!((&made["allowed"], &made["warnings"]), (&json!(true), &Value::Null));
    assert_eq!(made["auditAnnotations"]["findings"], "audit=IMG01");
    assert_eq!(by(DEPLOYER, &owned)["allowed"], false, "anybody can write an owner reference");
    assert_eq!(by(controller, &pod(&["nginx"]))["allowed"], false, "without an owner");
    let mut foreign = owned.clone();
    foreign["metadata"]["ownerReferences"][0]["apiVersion"] = json!("example.com/v1");
    assert_eq!(by(controller, &foreign)["allowed"], false, "an owner that is not reviewed");
}

#[test]
fn the_status_subresource_is_never_judged() {
    let status = review(&json!({ "operation": "UPDATE", "subResource": "status",
        "oldObject": pod(&["nginx:1.27.3"]), "object": pod(&["nginx"]) }));
    assert_eq!(answer(&only_latest("deny"), &status)["auditAnnotations"]["decision"], "allow");
}

#[test]
fn other_subresources_of_a_pod_are() {
    for subresource in ["ephemeralcontainers", "resize"] {
        let mut object = pod(&["nginx:1.27.3"]);
        object["spec"]["ephemeralContainers"] = json!([{ "name": "debug", "image": "busybox" }]);
        let request = review(&json!({ "operation": "UPDATE", "subResource": subresource,
            "oldObject": pod(&["nginx:1.27.3"]), "object": object }));
        let answer = answer(&only_latest("deny"), &request);
        assert_eq!(answer["status"]["details"]["causes"][0]["field"], "spec.ephemeralContainers[0].image");
    }
}

#[test]
fn a_declared_custom_resource_is_judged_by_its_template() {
    let text = "apiVersion: seawall.dev/v1\nkind: Configuration\nprofile: none\npolicies: { SEC01: deny }\n";
    let declared = format!(
        "{text}workloads: [{{ group: argoproj.io, version: v1alpha1, kind: Rollout, plural: rollouts, \
         podTemplate: spec.template }}]\n"
    );
    let privileged = |shape: Value| {
        review(&json!({
            "kind": { "group": "argoproj.io", "version": "v1alpha1", "kind": "Rollout" },
            "object": {
                "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
                "metadata": { "name": "web", "namespace": "shop" },
                "spec": { "template": { "spec": { "containers": shape } } },
            },
        }))
    };
    let bad =
        privileged(json!([{ "name": "web", "image": "web:1", "securityContext": { "privileged": true } }]));
    let declared = webhook(Some(&declared), &Overrides::default());
    let refused = answer(&declared, &bad);
    assert_eq!(refused["allowed"], false, "{refused}");
    assert_eq!(
        refused["status"]["details"]["causes"][0]["field"],
        "spec.template.spec.containers[0].securityContext.privileged"
    );
    assert_eq!(answer(&declared, &privileged(json!([{ "name": "web", "image": "web:1" }])))["allowed"], true);
    assert_eq!(answer(&webhook(Some(text), &Overrides::default()), &bad)["allowed"], true);

    // Its Pods are those of a ReplicaSet that no controller of Kubernetes made: it is judged itself.
    let replica_set = |user: &str| {
        let mut review = bad.clone();
        review["request"]["kind"] = json!({ "group": "apps", "version": "v1", "kind": "ReplicaSet" });
        review["request"]["userInfo"]["username"] = json!(user);
        review["request"]["object"]["metadata"]["ownerReferences"] = json!([
            { "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "web", "controller": true },
        ]);
        review
    };
    for user in ["system:serviceaccount:argo-rollouts:argo-rollouts", "system:kube-controller-manager"] {
        assert_eq!(answer(&declared, &replica_set(user))["allowed"], false, "{user}");
    }
}
