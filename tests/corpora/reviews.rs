//! `admission_reviews`: reviews that API servers sent. Each is answered in its own version, with its own uid.

use seawall::config::Overrides;
use seawall::server::Endpoint;
use serde_json::Value;

use crate::support::every_policy;
use crate::webhook::{send, webhook};

pub(crate) fn run(row: &Value) -> Result<(), String> {
    let review = &row["object"];
    let everything = Overrides { select: every_policy(), ..Overrides::default() };
    for overrides in [Overrides::default(), everything] {
        let webhook = webhook(None, &overrides);
        for endpoint in [Endpoint::Open, Endpoint::Closed] {
            let (status, answer) = send(&webhook, endpoint, review.to_string().as_bytes());
            let response = &answer["response"];
            let expected = (200, &review["apiVersion"], &review["request"]["uid"]);
            if (status, &answer["apiVersion"], &response["uid"]) != expected
                || !response["allowed"].is_boolean()
            {
                return Err(format!("answered {status} {answer}"));
            }
            let known = ["CREATE", "UPDATE", "DELETE", "CONNECT"];
            let is_known = known.iter().any(|it| review["request"]["operation"] == *it);
            let judged = response["auditAnnotations"]["decision"] != "cannot_judge";
            if judged != is_known {
                return Err(format!("not judged: {answer}"));
            }
        }
    }
    Ok(())
}
