//! What the section `registration` means.

use super::meaning::{Meaning, below, words};
use super::raw;
use super::source::Source;
use super::words::{NamespaceName, Seconds};
use crate::modes::{LabelRequirement, LabelSelector};
use crate::registration::{FailClosed, NEVER_REVIEWED, Settings};

/// Longest part of a label that the API takes, in bytes.
const MAX_PART: usize = 63;

/// Longest prefix of a label's key, in bytes.
const MAX_PREFIX: usize = 253;

impl Meaning {
    /// Takes in how the API server is told to call Seawall.
    pub(super) fn registration(&mut self, source: &Source, raw: raw::Registration) {
        // A field added to the section must be decided on here.
        let raw::Registration {
            timeout_seconds: Seconds(timeout_seconds),
            fail_closed,
            exclude_namespaces,
            namespace_selector,
            object_selector,
        } = raw;
        let steps = ["registration".to_owned()];
        let exclude_namespaces = names(exclude_namespaces);
        self.registration = Settings {
            timeout_seconds,
            fail_closed: fail_closed.map(|it| self.fail_closed(source, &steps, it, &exclude_namespaces)),
            namespace_selector: namespace_selector
                .map(|it| self.api_selector(source, &below(&steps, "namespaceSelector"), it)),
            object_selector: object_selector
                .map(|it| self.api_selector(source, &below(&steps, "objectSelector"), it)),
            exclude_namespaces,
        };
    }

    fn fail_closed(
        &mut self,
        source: &Source,
        steps: &[String],
        raw: raw::FailClosed,
        excluded: &[String],
    ) -> FailClosed {
        let raw::FailClosed { policies, namespaces, namespace_selector } = raw;
        let steps = below(steps, "failClosed");
        let namespaces = names(namespaces);
        for (index, name) in namespaces.iter().enumerate() {
            if name == NEVER_REVIEWED || excluded.contains(name) {
                let steps = below(&below(&steps, "namespaces"), &index.to_string());
                let message = format!("`{name}` is never reviewed, so nothing in it can fail closed");
                self.errors.push(source.error(&steps, false, message));
            }
        }
        let selector = namespace_selector
            .map(|it| self.api_selector(source, &below(&steps, "namespaceSelector"), it))
            .map(requirements);
        let within = match selector {
            Some(_) if !namespaces.is_empty() => {
                let message = "`namespaces` and `namespaceSelector` exclude each other";
                self.errors.push(source.error(&steps, false, message));
                None
            }
            Some(mut requirements) => {
                let only = requirements.pop();
                if !requirements.is_empty() {
                    let message =
                        "must have exactly one condition: its negation selects the other namespaces";
                    self.errors.push(source.error(&below(&steps, "namespaceSelector"), false, message));
                }
                only
            }
            None => (!namespaces.is_empty()).then(|| FailClosed::named(namespaces)),
        };
        FailClosed { policies: words(policies), within }
    }

    /// A selector that the API server will read too, and refuse where labels cannot be so.
    fn api_selector(&mut self, source: &Source, steps: &[String], raw: raw::LabelSelector) -> LabelSelector {
        let selector = self.selector(source, steps, raw);
        for requirement in requirements(selector.clone()) {
            let (key, values) = match &requirement {
                LabelRequirement::In(key, values) | LabelRequirement::NotIn(key, values) => {
                    (key, &values[..])
                }
                LabelRequirement::Exists(key) | LabelRequirement::DoesNotExist(key) => (key, &[][..]),
            };
            if !is_key(key) {
                self.errors.push(source.error(steps, false, format!("`{key}` cannot be the key of a label")));
            }
            for value in values.iter().filter(|value| !value.is_empty() && !is_part(value)) {
                let message = format!("`{value}` cannot be the value of a label");
                self.errors.push(source.error(steps, false, message));
            }
        }
        selector
    }
}

fn names(names: Vec<NamespaceName>) -> Vec<String> {
    names.into_iter().map(|NamespaceName(name)| name).collect()
}

/// All conditions of a selector, in one form.
fn requirements(selector: LabelSelector) -> Vec<LabelRequirement> {
    let labels = selector.match_labels.into_iter();
    let labels = labels.map(|(key, value)| LabelRequirement::In(key, vec![value]));
    labels.chain(selector.match_expressions).collect()
}

fn is_key(key: &str) -> bool {
    let (prefix, name) = key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let is_domain = |prefix: &str| {
        prefix.len() <= MAX_PREFIX
            && prefix.split('.').all(|part| is_part(part) && !part.contains('_'))
            && !prefix.bytes().any(|byte| byte.is_ascii_uppercase())
    };
    is_part(name) && prefix.is_none_or(is_domain)
}

fn is_part(text: &str) -> bool {
    let is_end = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    text.len() <= MAX_PART
        && is_end(text.bytes().next())
        && is_end(text.bytes().last())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ConfigErrors, Overrides, parse};

    fn read(body: &str) -> Result<Settings, ConfigErrors> {
        let text = format!("apiVersion: seawall.dev/v1\nkind: Configuration\n{body}");
        let now = jiff::Timestamp::UNIX_EPOCH;
        parse(&text, "seawall.yaml", &Overrides::default(), now).map(|loaded| loaded.config.registration)
    }

    #[test]
    fn registration_says_how_seawall_is_called() {
        let settings = |body: &str| read(body).unwrap();
        let default = Settings::default();
        assert_eq!(default.timeout_seconds, 3);
        for body in ["", "registration:\n", "registration: { failClosed: null, namespaceSelector: null }\n"] {
            assert_eq!(settings(body), default, "{body}");
        }
        let settings = settings(
            "registration:
      timeoutSeconds: 2
      failClosed: { policies: [SEC, NSP09], namespaceSelector: { matchLabels: { tier: gold } } }
      excludeNamespaces: [sandbox]
      namespaceSelector: { matchExpressions: [{ key: example.com/paused, operator: DoesNotExist }] }
      objectSelector: { matchLabels: { app: web } }
    ",
        );
        let fail_closed = settings.fail_closed.unwrap();
        assert_eq!(fail_closed.policies, ["SEC", "NSP09"]);
        assert_eq!(
            fail_closed.within,
            Some(LabelRequirement::In("tier".to_owned(), vec!["gold".to_owned()]))
        );
        assert_eq!((settings.timeout_seconds, settings.exclude_namespaces), (2, vec!["sandbox".to_owned()]));
        assert!(settings.namespace_selector.is_some() && settings.object_selector.is_some());
    }

    #[test]
    fn registration_is_checked() {
        for (body, expected) in [
            ("timeoutSeconds: 31", "registration.timeoutSeconds: must be at most 30"),
            ("timeoutSeconds: 0", "registration.timeoutSeconds: must be at least 1"),
            ("timeout: 3", "registration.timeout: unknown field; did you mean `timeoutSeconds`?"),
            ("failClosed: { policies: [IMG1] }", "there is no policy `IMG1`; did you mean `IMG01`?"),
            ("failClosed: { policies: [] }", "registration.failClosed.policies: must not be empty"),
            (
                "failClosed: { namespaces: null }",
                "registration.failClosed.namespaces: must be a list, not nothing",
            ),
            ("failClosed: { namespaces: ['shop-*'] }", "registration.failClosed.namespaces[0]: must match"),
            (
                "failClosed: { namespaces: [shop, kube-system] }",
                "registration.failClosed.namespaces[1]: `kube-system` is never reviewed",
            ),
            (
                "{ excludeNamespaces: [shop], failClosed: { namespaces: [shop] } }",
                "registration.failClosed.namespaces[0]: `shop` is never reviewed",
            ),
            (
                "failClosed: { namespaces: [shop], namespaceSelector: { matchLabels: { a: b } } }",
                "registration.failClosed: `namespaces` and `namespaceSelector` exclude each other",
            ),
            (
                "failClosed: { namespaceSelector: { matchLabels: { a: b, c: d } } }",
                "registration.failClosed.namespaceSelector: must have exactly one condition",
            ),
            ("objectSelector: { matchLabels: { a/b/c: d } }", "`a/b/c` cannot be the key of a label"),
            ("namespaceSelector: { matchLabels: { a: b c } }", "`b c` cannot be the value of a label"),
            (
                "namespaceSelector: { matchExpressions: [{ key: a, operator: In }] }",
                "namespaceSelector.matchExpressions[0]: `In` and `NotIn` need `values`",
            ),
        ] {
            let body = if body.starts_with('{') { body.to_owned() } else { format!("{{ {body} }}") };
            let error = read(&format!("registration: {body}\n")).unwrap_err().to_string();
            let is_one = error.starts_with("seawall.yaml:3:") && error.lines().count() == 1;
            assert!(is_one && error.contains(expected), "{body}: {error}");
        }
    }
}
