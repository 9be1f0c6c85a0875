use super::*;
use crate::object::View as _;
use crate::object::kinds;
use crate::object::meta::Object;
use crate::tree::json;

/// Ids of the checks that a Pod with this specification fails, in the order in which they are reported, each once.
fn failed(standard: &str, spec: &str) -> Vec<&'static str> {
    let standard: Standard = standard.parse().unwrap();
    let tree = json::read(format!(r#"{{"spec":{spec}}}"#).as_bytes()).unwrap();
    let pod = Pod::of(&kinds::POD, Object::view(tree.root().unwrap()).unwrap()).unwrap();
    let mut failed = Vec::new();
    Checks::from(standard).violations(&pod, |check, _| failed.push(check.id));
    failed.dedup();
    failed
}

/// A container that passes every standard but for what is added to its security context.
fn container(more: &str) -> String {
    format!(
        r#"{{"name":"a","securityContext":{{"allowPrivilegeEscalation":false,"capabilities":{{"drop":["ALL"]}},
            "runAsNonRoot":true,"seccompProfile":{{"type":"RuntimeDefault"}}{more}}}}}"#
    )
}

/// A Pod with such a container and these fields beside it.
fn pod(more: &str, in_container: &str) -> String {
    format!(r#"{{"containers":[{}]{more}}}"#, container(in_container))
}

/// For each version whether a check is among those that a Pod fails.
fn fails_at(level: &str, id: &str, spec: &str) -> Vec<u32> {
    let fails = |minor: &u32| failed(&format!("{level}:v1.{minor}"), spec).contains(&id);
    (0..=Version::NEWEST).filter(fails).collect()
}

#[test]
fn levels_are_made_of_the_checks_that_their_versions_have() {
    let ids = |standard: &str| {
        let standard: Standard = standard.parse().unwrap();
        standard.checks().map(|check| check.id).collect::<Vec<_>>()
    };
    let baseline_1_0 = [
        "appArmorProfile",
        "capabilities_baseline",
        "hostNamespaces",
        "hostPathVolumes",
        "hostPorts",
        "privileged",
        "procMount",
        "seLinuxOptions",
        "seccompProfile_baseline",
        "sysctls",
        "windowsHostProcess",
    ];
    assert_eq!(ids("baseline:v1.0"), baseline_1_0);
    let without =
        |gone: &[&str]| baseline_1_0.into_iter().filter(|id| !gone.contains(id)).collect::<Vec<_>>();
    let v1_0 = [without(&["hostPathVolumes"]), vec!["restrictedVolumes", "runAsNonRoot"]].concat();
    assert_eq!(ids("restricted:v1.0"), v1_0);
    let newest = [
        "appArmorProfile",
        "hostNamespaces",
        "hostPorts",
        "hostProbesAndHostLifecycle",
        "privileged",
        "seLinuxOptions",
        "sysctls",
        "windowsHostProcess",
        "allowPrivilegeEscalation",
        "capabilities_restricted",
        "procMount_restricted",
        "restrictedVolumes",
        "runAsNonRoot",
        "runAsUser",
        "seccompProfile_restricted",
    ];
    assert_eq!(ids("restricted:v1.37"), newest);
    assert_eq!(ids("restricted"), newest);
    // How many there are, from the first version to have that many.
    for (level, counts) in [
        ("baseline", &[(0, 11), (34, 12)][..]),
        ("restricted", &[(0, 12), (8, 13), (19, 13), (22, 13), (23, 14), (34, 15), (35, 15)]),
    ] {
        for (index, (from, count)) in counts.iter().enumerate() {
            let until = counts.get(index + 1).map_or(Version::NEWEST + 1, |(next, _)| *next);
            for minor in *from..until {
                assert_eq!(ids(&format!("{level}:v1.{minor}")).len(), *count, "{level}:v1.{minor}");
            }
        }
    }
}

#[test]
fn every_override_names_a_check_of_the_milder_level() {
    for check in RESTRICTED.iter().filter_map(|check| check.overrides) {
        assert!(BASELINE.iter().any(|it| it.id == check), "{check}");
    }
}

#[test]
fn sysctls_are_allowed_from_their_version_on() {
    for (name, since) in [
        ("kernel.shm_rmid_forced", 0),
        ("net.ipv4.ip_local_port_range", 0),
        ("net.ipv4.ip_unprivileged_port_start", 0),
        ("net.ipv4.ping_group_range", 0),
        ("net.ipv4.tcp_syncookies", 0),
        ("net.ipv4.ip_local_reserved_ports", 27),
        ("net.ipv4.tcp_keepalive_time", 29),
        ("net.ipv4.tcp_fin_timeout", 29),
        ("net.ipv4.tcp_keepalive_intvl", 29),
        ("net.ipv4.tcp_keepalive_probes", 29),
        ("net.ipv4.tcp_rmem", 32),
        ("net.ipv4.tcp_wmem", 32),
        ("net.ipv4.tcp_slow_start_after_idle", 37),
        ("net.ipv4.tcp_notsent_lowat", 37),
        ("kernel.msgmax", 38),
        ("net/ipv4/tcp_rmem", 38),
        ("", 38),
    ] {
        let sysctls = format!(r#","securityContext":{{"sysctls":[{{"name":"{name}","value":"1"}}]}}"#);
        for level in ["baseline", "restricted"] {
            let expected: Vec<_> = (0..since).collect();
            assert_eq!(fails_at(level, "sysctls", &pod(&sysctls, "")), expected, "{level} {name}");
        }
    }
}

#[test]
fn rules_change_with_versions() {
    let users = r#","hostUsers":false"#;
    let own = |more: &str| pod("", more);
    let in_own_users = |more: &str| pod(users, more);
    let windows = r#","os":{"name":"windows"}"#;
    let bare_on = |more: &str| format!(r#"{{"containers":[{{"name":"a"}}]{more}}}"#);
    let probe = |probe: &str| format!(r#"{{"containers":[{{"name":"a",{probe}}}]}}"#);
    let nowhere = 0..0;
    for (level, id, spec, fails) in [
        ("baseline", "procMount", own(r#","procMount":"Unmasked""#), 0..38),
        ("baseline", "procMount", in_own_users(r#","procMount":"Unmasked""#), 0..35),
        ("baseline", "procMount", pod(r#","hostUsers":true"#, r#","procMount":"Unmasked""#), 0..38),
        ("restricted", "procMount", in_own_users(r#","procMount":"Unmasked""#), 0..35),
        ("restricted", "procMount_restricted", in_own_users(r#","procMount":"Unmasked""#), 35..38),
        ("restricted", "procMount_restricted", in_own_users(r#","procMount":"Default""#), nowhere.clone()),
        ("restricted", "runAsUser", own(r#","runAsUser":0"#), 23..38),
        ("restricted", "runAsUser", in_own_users(r#","runAsUser":0"#), 23..35),
        ("baseline", "runAsUser", own(r#","runAsUser":0"#), nowhere.clone()),
        ("restricted", "runAsNonRoot", bare_on(""), 0..38),
        ("restricted", "runAsNonRoot", bare_on(users), 0..35),
        ("restricted", "runAsNonRoot", bare_on(windows), 0..38),
        ("restricted", "allowPrivilegeEscalation", bare_on(""), 8..38),
        ("restricted", "allowPrivilegeEscalation", bare_on(windows), 8..25),
        ("restricted", "allowPrivilegeEscalation", bare_on(users), 8..38),
        ("restricted", "capabilities_restricted", bare_on(""), 22..38),
        ("restricted", "capabilities_restricted", bare_on(windows), 22..25),
        ("restricted", "seccompProfile_restricted", bare_on(""), 19..38),
        ("restricted", "seccompProfile_restricted", bare_on(windows), 19..25),
        ("restricted", "seccompProfile_restricted", bare_on(users), 19..38),
        ("baseline", "seLinuxOptions", own(r#","seLinuxOptions":{"type":"container_engine_t"}"#), 0..31),
        (
            "baseline",
            "seLinuxOptions",
            own(r#","seLinuxOptions":{"type":"container_kvm_t"}"#),
            nowhere.clone(),
        ),
        ("baseline", "seLinuxOptions", own(r#","seLinuxOptions":{"level":"s0"}"#), nowhere.clone()),
        (
            "baseline",
            "seccompProfile_baseline",
            pod(r#","securityContext":{"seccompProfile":{}}"#, ""),
            19..38,
        ),
        ("restricted", "seccompProfile_baseline", own(""), nowhere.clone()),
        (
            "baseline",
            "hostProbesAndHostLifecycle",
            probe(r#""readinessProbe":{"httpGet":{"host":"127.0.0.1"}}"#),
            34..38,
        ),
        (
            "baseline",
            "hostProbesAndHostLifecycle",
            probe(r#""startupProbe":{"tcpSocket":{"host":"a"}}"#),
            34..38,
        ),
        (
            "restricted",
            "hostProbesAndHostLifecycle",
            probe(r#""lifecycle":{"postStart":{"httpGet":{"host":"a"}}}"#),
            34..38,
        ),
        (
            "baseline",
            "hostProbesAndHostLifecycle",
            probe(r#""livenessProbe":{"httpGet":{"host":""},"grpc":{"port":1}}"#),
            nowhere.clone(),
        ),
    ] {
        assert_eq!(fails_at(level, id, &spec), fails.collect::<Vec<_>>(), "{level} {id} {spec}");
    }
}

#[test]
fn volumes_are_judged_by_their_types() {
    for (source, fails) in [
        ("configMap", false),
        ("csi", false),
        ("downwardAPI", false),
        ("emptyDir", false),
        ("ephemeral", false),
        ("image", false),
        ("persistentVolumeClaim", false),
        ("projected", false),
        ("secret", false),
        ("hostPath", true),
        ("nfs", true),
        ("flexVolume", true),
        ("gitRepo", true),
        ("EmptyDir", true),
    ] {
        let spec = pod(&format!(r#","volumes":[{{"name":"a","{source}":{{}}}}]"#), "");
        let expected: &[&str] = if fails { &["restrictedVolumes"] } else { &[] };
        assert_eq!(failed("restricted", &spec), expected, "{source}");
    }
    for source in ["", r#","nfs":null"#] {
        assert!(
            failed("restricted", &pod(&format!(r#","volumes":[{{"name":"a"{source}}}]"#), "")).is_empty()
        );
    }
}

#[test]
fn a_stricter_check_that_is_exempt_still_replaces_the_milder_one() {
    let spec = pod(
        r#","os":{"name":"windows"}"#,
        r#","capabilities":{"add":["SYS_ADMIN"]},"seccompProfile":{"type":"Unconfined"}"#,
    );
    let spec = spec.replacen(r#""capabilities":{"drop":["ALL"]},"#, "", 1);
    let spec = spec.replacen(r#""seccompProfile":{"type":"RuntimeDefault"},"#, "", 1);
    let spec =
        spec.replacen(r#""seccompProfile":{"type":"RuntimeDefault"}"#, r#""readOnlyRootFilesystem":true"#, 1);
    assert_eq!(failed("baseline:v1.25", &spec), ["capabilities_baseline", "seccompProfile_baseline"]);
    assert_eq!(failed("restricted:v1.25", &spec), [""; 0]);
    assert_eq!(failed("restricted:v1.24", &spec), ["capabilities_restricted", "seccompProfile_restricted"]);
}

#[test]
fn checks_are_reported_in_their_order() {
    let spec = r#"{"hostNetwork":true,"volumes":[{"name":"a","hostPath":{"path":"/"}}],
        "containers":[{"name":"a","securityContext":{"privileged":true,"procMount":"Unmasked"}}]}"#;
    assert_eq!(failed("baseline", spec), ["hostNamespaces", "hostPathVolumes", "privileged", "procMount"]);
    assert_eq!(
        failed("restricted", spec),
        [
            "hostNamespaces",
            "privileged",
            "allowPrivilegeEscalation",
            "capabilities_restricted",
            "procMount_restricted",
            "restrictedVolumes",
            "runAsNonRoot",
            "seccompProfile_restricted",
        ]
    );
}

#[test]
fn no_message_is_longer_than_a_warning() {
    let long = "ä".repeat(300);
    let spec = format!(
        r#"{{"hostNetwork":true,"hostPID":true,"hostIPC":true,
        "securityContext":{{"sysctls":[{{"name":"{long}"}}],"windowsOptions":{{"hostProcess":true}}}},
        "volumes":[{{"name":"{long}","hostPath":{{}}}},{{"name":"{long}","{long}":{{}}}}],
        "containers":[{{"name":"{long}"}},{{"name":"{long}","ports":[{{"hostPort":9223372036854775807}}],
        "livenessProbe":{{"httpGet":{{"host":"{long}"}}}},"securityContext":{{
        "allowPrivilegeEscalation":true,"appArmorProfile":{{"type":"{long}"}},"capabilities":{{"add":["{long}"]}},
        "privileged":true,"procMount":"{long}","runAsNonRoot":false,"runAsUser":0,"seccompProfile":{{"type":"{long}"}},
        "seLinuxOptions":{{"type":"{long}","user":"{long}","role":"{long}"}},"windowsOptions":{{"hostProcess":true}}
        }}}}]}}"#
    );
    let annotations = format!(
        r#"{{"container.apparmor.security.beta.kubernetes.io/{long}":"{long}",
        "container.seccomp.security.alpha.kubernetes.io/{long}":"{long}",
        "seccomp.security.alpha.kubernetes.io/pod":"{long}"}}"#
    );
    let text = format!(r#"{{"metadata":{{"annotations":{annotations}}},"spec":{spec}}}"#);
    let tree = json::read(text.as_bytes()).unwrap();
    let pod = Pod::of(&kinds::POD, Object::view(tree.root().unwrap()).unwrap()).unwrap();
    let mut checks = std::collections::BTreeSet::new();
    for standard in ["baseline:v1.0", "baseline", "restricted"] {
        let standard: Standard = standard.parse().unwrap();
        Checks::from(standard).violations(&pod, |check, violation| {
            let message = message(check, &violation);
            assert!(message.chars().count() <= 120, "{message}");
            assert!(message.starts_with(&format!("{}: ", check.id)), "{message}");
            checks.insert(check.id);
        });
    }
    assert_eq!(checks.len(), BASELINE.len() + RESTRICTED.len(), "{checks:?}");
}
