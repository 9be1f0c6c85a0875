use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Request as HttpRequest, Response, StatusCode};
use kube::client::Body;
use serde_json::{Value, json};

use super::Place::{Everywhere, Itself, Namespace};
use super::*;

/// An API server that answers as it is told, in this order, and what it was asked: the path and the query.
fn scripted(answers: Vec<(u16, Value)>) -> (Client, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (calls, answers) = (Arc::clone(&asked), Mutex::new(answers.into_iter()));
    let service = tower::service_fn(move |request: HttpRequest<Body>| {
        let uri = request.uri().to_string();
        calls.lock().unwrap().push(uri.replace("?&", "?"));
        let (status, answer) = answers.lock().unwrap().next().expect("a question too many");
        let body = Body::from(answer.to_string().into_bytes());
        let status = StatusCode::from_u16(status).unwrap();
        std::future::ready(Ok::<_, Infallible>(Response::builder().status(status).body(body).unwrap()))
    });
    (Client::new(service, "seawall"), asked)
}

fn page(names: &[&str], token: &str) -> (u16, Value) {
    let item = |name: &str| match name.split_once('/') {
        Some((namespace, name)) => json!({ "metadata": { "name": name, "namespace": namespace } }),
        None => json!({ "metadata": { "name": name } }),
    };
    let items: Vec<_> = names.iter().map(|name| item(name)).collect();
    let metadata = json!({ "resourceVersion": "7", "continue": token, "remainingItemCount": 9 });
    (200, json!({ "kind": "ServiceList", "apiVersion": "v1", "metadata": metadata, "items": items }))
}

fn refusal(code: u16, message: &str, token: &str) -> (u16, Value) {
    let metadata = json!({ "continue": token });
    (
        code,
        json!({ "kind": "Status", "status": "Failure", "code": code, "message": message, "metadata": metadata }),
    )
}

/// What is listed by a script, what goes wrong at the end, and what was asked.
async fn listed(answers: Vec<(u16, Value)>) -> (Vec<String>, Option<ListError>, Vec<String>) {
    let (client, asked) = scripted(answers);
    let mut pages = Pages::new(client, &Listed::all(resource_of(&kinds::SERVICE)), 3);
    pages.asking.pause = Duration::ZERO;
    pages.asking.max_length = 4096;
    let mut names = Vec::new();
    let error = loop {
        match pages.next().await {
            Ok(Some(page)) => names.extend(page.items().map(place)),
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    assert!(matches!(pages.next().await, Ok(None)), "it goes on behind its end");
    let asked = asked.lock().unwrap().iter().map(|uri| uri.replace("/api/v1/services?", "")).collect();
    (names, error, asked)
}

#[tokio::test]
async fn pages_follow_each_other() {
    let (names, error, asked) =
        listed(vec![page(&["a/x", "a/y"], "t1"), page(&[], "t2"), page(&["b/x"], "")]).await;
    assert_eq!((names, error), (vec!["a/x".to_owned(), "a/y".to_owned(), "b/x".to_owned()], None));
    assert_eq!(asked, ["limit=3", "limit=3&continue=t1", "limit=3&continue=t2"]);
}

#[tokio::test]
async fn what_expires_goes_on_and_repeats_nothing() {
    for (script, asked) in [
        // The API server gives a token for a later version.
        (
            vec![page(&["a-b/x", "a/x"], "t1"), refusal(410, "gone", "t2"), page(&["a/y"], "")],
            ["limit=3", "limit=3&continue=t1", "limit=3&continue=t2"].as_slice(),
        ),
        // It gives none, and meanwhile something has come and something has gone.
        (
            vec![page(&["a-b/x", "a/x"], "t1"), refusal(410, "gone", ""), page(&["a-b/z", "a/x", "a/y"], "")],
            &["limit=3", "limit=3&continue=t1", "limit=3"],
        ),
        // It expires again in what is known already.
        (
            vec![
                page(&["a-b/x", "a/x"], "t1"),
                refusal(410, "gone", ""),
                page(&["a-b/x"], "t2"),
                refusal(410, "gone", ""),
                page(&["a-b/x", "a/x", "a/y"], ""),
            ],
            &["limit=3", "limit=3&continue=t1", "limit=3", "limit=3&continue=t2", "limit=3"],
        ),
    ] {
        let (names, error, was_asked) = listed(script).await;
        assert_eq!((names.join(" ").as_str(), error), ("a-b/x a/x a/y", None));
        assert_eq!(was_asked, asked);
    }
}

#[tokio::test]
async fn what_expires_all_the_time_is_given_up() {
    let expired = || refusal(410, "gone", "t");
    let script = std::iter::once(page(&["a/x"], "t")).chain(std::iter::repeat_with(expired).take(6));
    let (names, error, asked) = listed(script.collect()).await;
    assert_eq!((names.len(), asked.len()), (1, 7));
    assert!(matches!(error, Some(ListError::Failed(reason)) if reason.contains("expires")));
}

#[tokio::test]
async fn a_page_that_is_too_long_is_asked_for_in_parts() {
    let long = page(&["x".repeat(5000).as_str()], "");
    let (names, error, asked) = listed(vec![long.clone(), page(&["a/x"], "t"), page(&["a/y"], "")]).await;
    assert_eq!((names.join(" ").as_str(), error), ("a/x a/y", None));
    assert_eq!(asked, ["limit=3", "limit=1", "limit=1&continue=t"]);
    let (_, error, _) = listed(vec![long.clone(), long]).await;
    assert_eq!(error, Some(ListError::Failed("an object is too long to be read".to_owned())));
}

#[tokio::test]
async fn an_error_says_what_the_api_server_said() {
    for (answer, tries, expected) in [
        (refusal(403, "not yours", ""), 1, ListError::Refused("not yours".to_owned())),
        (refusal(401, "", ""), 1, ListError::Refused("the API server answers 401".to_owned())),
        (refusal(404, "not found", ""), 1, ListError::Absent),
        (refusal(400, "unable to parse", ""), 1, ListError::Failed("unable to parse".to_owned())),
        (
            refusal(500, "the webhook of conversion failed", ""),
            3,
            ListError::Failed("the webhook of conversion failed".to_owned()),
        ),
        ((503, json!("no Status")), 3, ListError::Failed("the API server answers 503".to_owned())),
        (refusal(429, "too many requests", ""), 3, ListError::Failed("too many requests".to_owned())),
    ] {
        let script = std::iter::repeat_n(answer.clone(), tries).collect();
        let (_, error, asked) = listed(script).await;
        assert_eq!((error, asked.len()), (Some(expected), tries), "{answer:?}");
    }
    let (names, error, asked) = listed(vec![refusal(503, "a moment", ""), page(&["a/x"], "")]).await;
    assert_eq!((names.len(), error, asked.len()), (1, None, 2), "it is asked again");
}

#[tokio::test]
async fn what_nobody_has_is_not_refused() {
    let resources = |name: &str| {
        (
            200,
            json!({ "groupVersion": "keda.sh/v1alpha1", "resources": [
            { "name": name, "singularName": "", "kind": "ScaledObject", "namespaced": true, "verbs": ["list"] },
        ] }),
        )
    };
    let refused = ListError::Refused("not yours".to_owned());
    for (discovered, expected) in [
        (refusal(404, "not found", ""), ListError::Absent),
        (resources("scaledjobs"), ListError::Absent),
        (resources("scaledobjects"), refused.clone()),
        (refusal(403, "nor this", ""), refused),
    ] {
        let (client, asked) = scripted(vec![refusal(403, "not yours", ""), discovered]);
        let error =
            Pages::new(client, &Listed::all(resource_of(&kinds::SCALED_OBJECT)), 3).next().await.err();
        assert_eq!(error, Some(expected));
        assert_eq!(asked.lock().unwrap()[1], "/apis/keda.sh/v1alpha1");
    }
}

#[tokio::test]
async fn who_does_not_answer_is_told_from_who_refuses() {
    let service = tower::service_fn(|_: HttpRequest<Body>| {
        std::future::ready(Err::<Response<Body>, _>(std::io::Error::other("connection refused")))
    });
    let mut pages = Pages::new(Client::new(service, "seawall"), &Listed::all(resource_of(&kinds::POD)), 3);
    pages.asking.pause = Duration::ZERO;
    let error = pages.next().await.err();
    assert!(
        matches!(&error, Some(ListError::Unreachable(reason)) if reason.contains("connection refused")),
        "{error:?}"
    );
}

#[test]
fn a_kind_is_listed_where_somebody_asks_for_it() {
    let two = ["shop".to_owned(), "bank".to_owned()];
    for (kind, namespaces, expected) in [
        (&kinds::POD, &[][..], &[Everywhere][..]),
        (&kinds::NAMESPACE, &[], &[Everywhere]),
        (&kinds::POD, &two, &[Namespace("shop"), Namespace("bank")]),
        (&kinds::NAMESPACE, &two, &[Itself("shop"), Itself("bank")]),
        (&kinds::CLUSTER_ROLE, &two, &[Everywhere]),
    ] {
        let listed = Listed::all(resource_of(kind));
        let places: Vec<_> = listed.within(kind.namespaced, namespaces).iter().map(|it| it.place).collect();
        assert_eq!(places, expected, "{}", kind.name);
    }
}

#[tokio::test]
async fn a_namespace_is_asked_for_by_its_name() {
    let (client, asked) =
        scripted(vec![(200, json!({ "kind": "Namespace", "metadata": { "name": "shop" } }))]);
    let listed = Listed { place: Place::Itself("shop"), ..Listed::all(resource_of(&kinds::NAMESPACE)) };
    let mut pages = Pages::new(client, &listed, 3);
    let page = pages.next().await.unwrap().unwrap();
    assert_eq!(page.items().map(place).collect::<Vec<_>>(), ["shop"]);
    assert!(pages.next().await.unwrap().is_none());
    assert_eq!(*asked.lock().unwrap(), ["/api/v1/namespaces/shop"]);
}
