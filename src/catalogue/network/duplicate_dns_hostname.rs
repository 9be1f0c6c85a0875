//! `NET10 duplicate-dns-hostname`: a name must lead to one place.

use crate::catalogue::beside;
use crate::object::View as _;
use crate::object::key::Key;
use crate::object::kinds::Kind;
use crate::object::meta::Object;
use crate::object::network::{Ingress, dns_names};
use crate::policy::Within;
use crate::policy::prelude::*;

policy! {
    /// Two Services or Ingresses ask external-dns for the same name.
    ///
    /// All names of the annotations `hostname` and `internal-hostname` of external-dns count, in the whole cluster. Two
    /// Ingresses of one class have the same address, and pass; so does what says how the name is shared, by
    /// `set-identifier`, and what is left to another controller.
    ///
    /// ## Why
    /// The name gets the address of one of the two by chance, another one after the next restart of external-dns, or both at
    /// once: part of the requests for a site end up in another application, and nobody has changed anything.
    ///
    /// ## Fix
    /// Take the name out of one of the two, or give both a `set-identifier` and a weight.
    ///
    /// ## Exceptions
    /// The same name in two zones, inside and outside, each with an external-dns of its own.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    ///   namespace: shop
    ///   annotations: { external-dns.alpha.kubernetes.io/hostname: "shop.example.com" }
    /// spec: { type: LoadBalancer }
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    ///   namespace: new-shop
    ///   annotations: { external-dns.alpha.kubernetes.io/hostname: "www.example.com,shop.example.com" }
    /// spec: { type: LoadBalancer }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    ///   namespace: shop
    ///   annotations: { external-dns.alpha.kubernetes.io/hostname: "shop.example.com" }
    /// spec: { type: LoadBalancer }
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    ///   namespace: new-shop
    ///   annotations: { external-dns.alpha.kubernetes.io/hostname: "new-shop.example.com" }
    /// spec: { type: LoadBalancer }
    /// ```
    pub(super) DuplicateDnsHostname = {
        code: "NET10",
        since: "0.1.0",
        severity: Low,
        on: Subject,
        kinds: NAMED,
        needs: Facts,
        equivalents: ["kyverno:require-unique-external-dns"],
        references: ["https://kubernetes-sigs.github.io/external-dns/latest/docs/annotations/annotations/"],
    }
}

const NAMED: &[&Kind] = &[&kinds::SERVICE, &kinds::INGRESS];

/// Says that the record is one of several with the same name.
const SET_IDENTIFIER: &str = "external-dns.alpha.kubernetes.io/set-identifier";

/// Says which controller makes the records.
const CONTROLLER: &str = "external-dns.alpha.kubernetes.io/controller";

impl Check for DuplicateDnsHostname {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        let (Some(kind), Some(object)) = (subject.kind(), subject.judged()) else { return };
        if is_left_alone(object) {
            return;
        }
        // An annotation is reported once, whatever it lists.
        let mut reported = None;
        for (annotation, name) in dns_names(object) {
            let place = annotation.place().node().id();
            if reported == Some(place) {
                continue;
            }
            for of in NAMED.iter().copied() {
                let others = context.facts.find(of, Within::Cluster, Some(Key::DnsName(name)));
                let Some(others) = out.known(others) else { return };
                let are_ingresses = [of, kind].iter().all(|kind| **kind == kinds::INGRESS);
                let is_same = |other: &Object<'_>| {
                    beside::is_subject(context, other.node())
                        || is_left_alone(*other)
                        || (are_ingresses && are_of_one_class(object, *other))
                };
                let others = others.into_iter().filter(|other| !is_same(other));
                let Some(other) = others.min_by_key(|other| beside::order(other.node())) else { continue };
                let (name, beside) = (shown(name), beside::shown_name(context, other.node()));
                out.report(annotation, format_args!("`{name}` leads to {} `{beside}` too", of.name));
                reported = Some(place);
                break;
            }
        }
    }
}

/// Whether external-dns makes no record of its own for an object, or is told how to share it.
fn is_left_alone(object: Object<'_>) -> bool {
    object.annotation(SET_IDENTIFIER).is_some()
        || object.annotation(CONTROLLER).is_some_and(|controller| *controller != "dns-controller")
}

/// Whether two Ingresses are of one class, so that one load balancer has both.
fn are_of_one_class(one: Object<'_>, other: Object<'_>) -> bool {
    let [one, other] = [one, other].map(|object| Ingress::view(object.node()));
    one.zip(other).is_some_and(|(one, other)| one.class().map(|it| *it) == other.class().map(|it| *it))
}
