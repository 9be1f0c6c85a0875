use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use serde_json::Value;

use super::{Live, Periods, Rotation, Step};
use crate::certificates::authority::{Authority, Issued, NewAuthority};
use crate::certificates::{Bundle, Stored};

pub(in crate::certificates) const NAME: &str = "seawall.seawall.svc";

const HOUR: i64 = 60 * 60;
const DAY: i64 = 24 * HOUR;

pub(in crate::certificates) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

pub(in crate::certificates) fn rotation() -> Rotation {
    Rotation { names: vec![NAME.to_owned()], periods: Periods::default() }
}

fn authority(second: i64) -> NewAuthority {
    Authority::generate("seawall authority", Periods::default().authority, at(second)).unwrap()
}

fn leaf(of: &NewAuthority, second: i64) -> Issued {
    of.authority.issue(&[NAME.to_owned()], Periods::default().leaf, at(second)).unwrap()
}

/// A Secret with these keys and this annotation.
fn secret(data: &[(&str, &str)], rotate: Option<&str>) -> Secret {
    let bytes = |text: &str| ByteString(text.as_bytes().to_vec());
    let mut secret = Secret {
        data: Some(data.iter().map(|(key, text)| ((*key).to_owned(), bytes(text))).collect()),
        ..Secret::default()
    };
    let annotations = rotate.map(|it| ("seawall.dev/rotate".to_owned(), it.to_owned()));
    secret.metadata.annotations = annotations.map(|it| [it].into());
    secret
}

/// Does a merge patch as the API server does.
pub(in crate::certificates) fn merge(secret: &Secret, patch: &Value) -> Secret {
    fn merge(into: &mut Value, patch: &Value) {
        let Value::Object(patch) = patch else {
            into.clone_from(patch);
            return;
        };
        if !into.is_object() {
            *into = serde_json::json!({});
        }
        for (key, value) in patch {
            if value.is_null() {
                into.as_object_mut().unwrap().remove(key);
            } else {
                merge(&mut into[key], value);
            }
        }
    }
    let mut value = serde_json::to_value(secret).unwrap();
    merge(&mut value, patch);
    serde_json::from_value(value).unwrap()
}

#[test]
fn every_state_has_its_next_step() {
    let (old, new, foreign) = (authority(0), authority(10 * DAY), authority(0));
    let (of_old, of_new) = (leaf(&old, 0), leaf(&new, 11 * DAY));
    let both = format!("{}{}", old.certificate_pem, new.certificate_pem);
    let for_others =
        old.authority.issue(&["other.seawall.svc".to_owned()], Periods::default().leaf, at(0)).unwrap();
    let garbage = "-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n";

    let old_ca = ("ca.crt", old.certificate_pem.as_str());
    let old_key = ("ca.key", old.key_pem.0.as_str());
    let both_ca = ("ca.crt", both.as_str());
    let new_key = ("ca.key", new.key_pem.0.as_str());
    let old_crt = ("tls.crt", of_old.certificate_pem.as_str());
    let old_tls = ("tls.key", of_old.key_pem.0.as_str());
    let new_crt = ("tls.crt", of_new.certificate_pem.as_str());
    let new_tls = ("tls.key", of_new.key_pem.0.as_str());
    let settled_state = [old_ca, old_key, old_crt, old_tls];
    let both_trusted = [both_ca, new_key, old_crt, old_tls];
    let taken_over = [both_ca, new_key, new_crt, new_tls];
    let live_old = Some(old.certificate_pem.as_str());
    let live_both = Some(both.as_str());

    for (state, data, rotate, live, second, expected) in [
        ("empty", &[][..], None, None, 0, Step::First),
        ("empty, as asked", &[], Some("leaf"), None, 0, Step::First),
        ("nothing but garbage", &[("ca.crt", "x"), ("tls.crt", garbage)], None, None, 0, Step::First),
        ("an authority alone", &[old_ca, old_key], None, None, 0, Step::Leaf),
        ("a key that is not the authority's", &[old_ca, new_key], None, None, 0, Step::First),
        ("a key without its certificate", &[old_ca, old_key, old_crt], None, live_old, 0, Step::Leaf),
        ("a certificate without its key", &[old_ca, old_key, old_tls], None, live_old, 0, Step::Leaf),
        ("another's key", &[old_ca, old_key, old_crt, new_tls], None, live_old, 0, Step::Leaf),
        ("all is well", &settled_state, None, live_old, 0, Step::Nothing),
        ("all is well, and nothing live", &settled_state, None, None, 30 * DAY, Step::Nothing),
        ("all is well, and the live bundle wiped", &settled_state, None, Some(""), 0, Step::Nothing),
        ("before two thirds", &settled_state, None, live_old, 60 * DAY - 1, Step::Nothing),
        ("after two thirds", &settled_state, None, live_old, 60 * DAY, Step::Leaf),
        ("expired", &settled_state, None, live_old, 90 * DAY, Step::Leaf),
        ("two thirds of the authority", &settled_state, None, live_old, 244 * DAY, Step::Leaf),
        ("authority expired", &settled_state, None, live_old, 365 * DAY, Step::First),
        ("a clock before its time", &settled_state, None, live_old, -2 * HOUR, Step::First),
        ("a clock a little early", &settled_state, None, live_old, -HOUR, Step::Nothing),
        ("leaf asked for", &settled_state, Some("leaf"), live_old, 0, Step::Leaf),
        ("authority asked for", &settled_state, Some("ca"), live_old, 0, Step::Authority),
        ("something else asked for", &settled_state, Some("all"), live_old, 0, Step::Nothing),
        ("the authority's key is gone", &[old_ca, old_crt, old_tls], None, live_old, 0, Step::Authority),
        (
            "the authority is gone, and live",
            &[("ca.crt", garbage), old_key, old_crt, old_tls],
            None,
            live_old,
            0,
            Step::Authority,
        ),
        ("the authority is gone", &[old_key, old_crt, old_tls], None, None, 0, Step::First),
        (
            "an authority that never issued it",
            &[("ca.crt", &foreign.certificate_pem), ("ca.key", &foreign.key_pem.0), old_crt, old_tls],
            None,
            live_old,
            0,
            Step::Authority,
        ),
        (
            "another name",
            &[old_ca, old_key, ("tls.crt", &for_others.certificate_pem), ("tls.key", &for_others.key_pem.0)],
            None,
            live_old,
            0,
            Step::Leaf,
        ),
        ("both trusted, not live", &both_trusted, None, live_old, 10 * DAY, Step::Nothing),
        ("both trusted, live", &both_trusted, None, live_both, 10 * DAY, Step::Leaf),
        ("both trusted, nothing live", &both_trusted, None, None, 10 * DAY, Step::Nothing),
        ("both trusted, nothing live for a day", &both_trusted, None, None, 11 * DAY, Step::Leaf),
        ("leaf asked for, not live", &both_trusted, Some("leaf"), live_old, 10 * DAY, Step::Nothing),
        ("leaf asked for, live", &both_trusted, Some("leaf"), live_both, 10 * DAY, Step::Leaf),
        ("a third asked for", &both_trusted, Some("ca"), live_both, 10 * DAY, Step::Authority),
        ("expired, and the other not live", &both_trusted, None, live_old, 91 * DAY, Step::Leaf),
        ("within the overlap", &taken_over, None, live_both, 11 * DAY + HOUR - 1, Step::Nothing),
        ("after the overlap", &taken_over, None, live_both, 11 * DAY + HOUR, Step::Retire),
        ("after the overlap, not live", &taken_over, None, live_old, 12 * DAY, Step::Nothing),
        ("after the overlap, nothing live", &taken_over, None, None, 12 * DAY, Step::Nothing),
        ("after a day, nothing live", &taken_over, None, None, 12 * DAY + HOUR, Step::Retire),
        ("leaf asked for in the overlap", &taken_over, Some("leaf"), live_both, 11 * DAY, Step::Leaf),
        ("authority asked for in the overlap", &taken_over, Some("ca"), live_both, 11 * DAY, Step::Authority),
    ] {
        let stored = Stored::read(&secret(data, rotate));
        let live = live.map(|pem| Bundle::read(pem.as_bytes()).0);
        let live = Live { current: live.as_ref(), settled: live.as_ref(), is_quiet: true };
        assert_eq!(rotation().next(&stored, live, at(second)), expected, "{state}");
    }
}

#[test]
fn what_cannot_be_used_is_said_without_what_it_holds() {
    let (one, other) = (authority(0), authority(0));
    let of_one = leaf(&one, 0);
    let cut = &of_one.key_pem.0[..80];
    for (data, expected) in [
        (&[][..], ""),
        (&[("ca.crt", "x")], "ca.crt holds something that is no certificate"),
        (
            &[("ca.crt", &one.certificate_pem), ("ca.key", &other.key_pem.0)],
            "ca.key is not the key of an authority in ca.crt",
        ),
        (&[("tls.crt", &of_one.certificate_pem)], "tls.key is missing"),
        (&[("tls.key", &of_one.key_pem.0)], "tls.crt is missing"),
        (
            &[("tls.crt", &of_one.certificate_pem), ("tls.key", &one.key_pem.0)],
            "the private key in tls.key does not belong to the certificate in tls.crt",
        ),
        (
            &[("tls.crt", &of_one.certificate_pem), ("tls.key", cut)],
            "the private key in tls.key cannot be used: unexpected error: it is not PEM",
        ),
        (
            &[("tls.crt", cut), ("tls.key", &of_one.key_pem.0)],
            "the certificate in tls.crt cannot be decoded: it is not PEM",
        ),
    ] {
        let stored = Stored::read(&secret(data, None));
        assert_eq!(stored.troubles().join("; "), expected);
        let shown = format!("{stored:?}");
        assert!(!shown.contains("PRIVATE"), "{shown}");
    }
}

#[test]
fn two_authorities_of_one_second_are_told_apart() {
    let (one, other) = (authority(0), authority(0));
    assert_ne!(one.authority.certificate.subject, other.authority.certificate.subject);
    assert_ne!(one.authority.certificate.key_id, other.authority.certificate.key_id);
    let issued = leaf(&one, 0).identity;
    let names = [NAME.to_owned()];
    let bundle = |pem: &str| Bundle::read(pem.as_bytes()).0;
    for order in [
        format!("{}{}", one.certificate_pem, other.certificate_pem),
        format!("{}{}", other.certificate_pem, one.certificate_pem),
    ] {
        assert_eq!(bundle(&order).verify(&issued, &names, at(0)), Ok(()));
    }
    let refusal = bundle(&other.certificate_pem).verify(&issued, &names, at(0));
    assert_eq!(refusal, Err("none of the authorities has issued it".to_owned()));
}

#[test]
fn a_certificate_never_outlives_its_authority() {
    let validity = Duration::from_hours(24);
    let short = Authority::generate("seawall authority", validity, at(0)).unwrap();
    assert_eq!(leaf(&short, 0).identity.expires(), short.authority.certificate.not_after);
    let long = authority(0);
    let identity = leaf(&long, 0).identity;
    let life = identity.expires().duration_since(identity.leaf().not_before);
    assert_eq!(life, SignedDuration::from_hours(90 * 24 + 1));
}
