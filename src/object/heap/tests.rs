use super::*;
use crate::object::View;
use crate::object::kinds;
use crate::object::meta::Object;
use crate::object::pod::Pod;
use crate::tree::json;
use crate::tree::path::FieldPath;

/// What is found in a container: the place, the setting and how much it is.
fn found(container: &str) -> Vec<String> {
    let tree = json::read(format!(r#"{{"spec":{{"containers":[{container}]}}}}"#).as_bytes()).unwrap();
    let pod = Pod::of(&kinds::POD, Object::view(tree.root().unwrap()).unwrap()).unwrap();
    let container = &pod.containers[0];
    let shown = |heap: Heap<'_>| {
        let size = match heap.size {
            Size::Bytes(bytes) => bytes.to_string(),
            Size::Percent(percent) => format!("{percent} %"),
        };
        format!("{}: {} = {size}", FieldPath::below(container.node(), heap.place.node()), heap.setting)
    };
    of(container).map(shown).collect()
}

fn env(name: &str, value: &str) -> String {
    format!(r#"{{"env":[{{"name":"{name}","value":"{value}"}}]}}"#)
}

#[test]
fn sizes_are_those_of_the_runtime() {
    for (name, value, expected) in [
        ("JAVA_OPTS", "-Xmx1800m", Some("-Xmx1800m = 1887436800")),
        ("JAVA_OPTS", "-Xms1g  -Xmx2G -Dx=y", Some("-Xmx2G = 2147483648")),
        ("JAVA_OPTS", "-Xmx524288k", Some("-Xmx524288k = 536870912")),
        ("JAVA_OPTS", "-Xmx1073741824", Some("-Xmx1073741824 = 1073741824")),
        ("JAVA_OPTS", "-XX:MaxHeapSize=1t", Some("-XX:MaxHeapSize=1t = 1099511627776")),
        ("JAVA_OPTS", "'-Xmx1k'", Some("-Xmx1k = 1024")),
        ("JAVA_OPTS", "-XX:MaxRAMPercentage=75.5", Some("-XX:MaxRAMPercentage=75.5 = 75.5 %")),
        ("JAVA_OPTS", "-XX:MaxRAMPercentage=101", None),
        ("JAVA_OPTS", "-XX:MaxRAMPercentage=1e1", None),
        ("JAVA_OPTS", "-XX:MaxRAMPercentage=80 -Xmx1k", Some("-Xmx1k = 1024")),
        ("JAVA_OPTS", "-Xmx1k -Xmx2k", Some("-Xmx2k = 2048")),
        ("JAVA_OPTS", "-Xmx2k -Xmx$(HEAP)", None),
        ("JAVA_OPTS", "-Xmx$(HEAP) -Xmx2k", Some("-Xmx2k = 2048")),
        ("JAVA_OPTS", "-XX:MaxRAMPercentage=80 -Xmx${HEAP}m", None),
        ("JAVA_OPTS", "-Xmx", None),
        ("JAVA_OPTS", "-Xmxé", None),
        ("JAVA_OPTS", "-Xmx0", None),
        ("JAVA_OPTS", "-Xmx1.5g", None),
        ("JAVA_OPTS", "-Xmx99999999999t", None),
        ("JAVA_OPTS", "-DXmx=-Xmx1g", None),
        ("JAVA_TOOL_OPTIONS", "-Xmx1k", Some("-Xmx1k = 1024")),
        ("JDK_JAVA_OPTIONS", "-Xmx1k", Some("-Xmx1k = 1024")),
        ("_JAVA_OPTIONS", "-Xmx1k", Some("-Xmx1k = 1024")),
        ("MY_OPTS", "-Xmx1k", None),
        ("NODE_OPTIONS", "--max-old-space-size=4096", Some("--max-old-space-size=4096 = 4294967296")),
        ("NODE_OPTIONS", "--trace --max_old_space_size=1", Some("--max_old_space_size=1 = 1048576")),
        ("NODE_OPTIONS", "--max-old-space-size=4096 --max-old-space-size=$(M)", None),
        ("NODE_OPTIONS", "--max-semi-space-size=64", None),
        ("GOMEMLIMIT", "900MiB", Some("GOMEMLIMIT=900MiB = 943718400")),
        ("GOMEMLIMIT", "1024", Some("GOMEMLIMIT=1024 = 1024")),
        ("GOMEMLIMIT", "1B", Some("GOMEMLIMIT=1B = 1")),
        ("GOMEMLIMIT", "2TiB", Some("GOMEMLIMIT=2TiB = 2199023255552")),
        ("GOMEMLIMIT", "off", None),
        ("GOMEMLIMIT", "1GB", None),
        ("GOMEMLIMIT", "1.5GiB", None),
        ("GOMEMLIMIT", "", None),
        ("GOMEMLIMIT", "$(LIMIT)", None),
    ] {
        let expected: Vec<_> = expected.map(|it| format!("env[0].value: {it}")).into_iter().collect();
        assert_eq!(found(&env(name, value)), expected, "{name}={value}");
    }
}

#[test]
fn the_setting_counts_that_the_runtime_takes() {
    let later = |first: &str, second: &str| {
        format!(r#"{{"env":[{{"name":"{second}","value":"-Xmx2k"}},{{"name":"{first}","value":"-Xmx1k"}}]}}"#)
    };
    for (first, second) in [
        ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"),
        ("JDK_JAVA_OPTIONS", "JAVA_OPTS"),
        ("JAVA_OPTS", "CATALINA_OPTS"),
        ("JAVA_OPTS", "_JAVA_OPTIONS"),
    ] {
        assert_eq!(found(&later(first, second)), ["env[0].value: -Xmx2k = 2048"], "{first} {second}");
    }
    let opts = r#""env":[{"name":"JAVA_OPTS","value":"-Xmx1k"}]"#;
    for (container, expected) in [
        // Java itself does not know the variable.
        (format!(r#"{{{opts},"command":["java","-jar","app.jar"]}}"#), None),
        (format!(r#"{{{opts},"command":["./run.sh"]}}"#), Some("env[0].value: -Xmx1k = 1024")),
        (
            format!(r#"{{{opts},"command":["sh","-c","exec java -Xmx2k $JAVA_OPTS -jar app.jar"]}}"#),
            Some("env[0].value: -Xmx1k = 1024"),
        ),
        (
            format!(r#"{{{opts},"command":["sh","-c"],"args":["exec java ${{JAVA_OPTS}} -Xmx2k -jar app.jar"]}}"#),
            Some("args[0]: -Xmx2k = 2048"),
        ),
        (
            format!(r#"{{{opts},"command":["java","$(JAVA_OPTS)","-jar","app.jar"]}}"#),
            Some("env[0].value: -Xmx1k = 1024"),
        ),
        // What stands behind the program is for the program.
        (r#"{"command":["java","-Xmx1k","-jar","app.jar","-Xmx2k"]}"#.to_owned(), Some("command[1]: -Xmx1k = 1024")),
        (r#"{"command":["java","-cp","a:b","-Xmx1k","Main"]}"#.to_owned(), Some("command[3]: -Xmx1k = 1024")),
        (r#"{"command":["java","Main","-Xmx2k"]}"#.to_owned(), None),
        (
            r#"{"command":["/sbin/tini","--"],"args":["/opt/jdk/bin/java","-Xmx1k","-m","app"]}"#.to_owned(),
            Some("args[1]: -Xmx1k = 1024"),
        ),
        (r#"{"args":["-Xmx1k","-jar","app.jar"]}"#.to_owned(), Some("args[0]: -Xmx1k = 1024")),
        (r#"{"command":["sh","-c","exec java \\\n  -Xmx1k \\\n  -jar app.jar\n"]}"#.to_owned(), Some("command[2]: -Xmx1k = 1024")),
        (r#"{"args":["--opts","-Xmx1k"]}"#.to_owned(), None),
        (r#"{"command":["spark-submit","--driver-java-options","-Xmx1k"]}"#.to_owned(), None),
        (r#"{"command":["node","--max-old-space-size=1","a.js"]}"#.to_owned(), Some("command[1]: --max-old-space-size=1 = 1048576")),
        (r#"{"command":["node","a.js","--max-old-space-size=1"]}"#.to_owned(), None),
        (
            r#"{"env":[{"name":"NODE_OPTIONS","value":"--max-old-space-size=2"}],"command":["sh","-c","node --max-old-space-size=1 a.js"]}"#.to_owned(),
            Some("command[2]: --max-old-space-size=1 = 1048576"),
        ),
        // The last variable of a name counts, and where it comes from elsewhere nothing is known.
        (
            r#"{"env":[{"name":"GOMEMLIMIT","value":"1B"},{"name":"GOMEMLIMIT","valueFrom":{}}]}"#.to_owned(),
            None,
        ),
        (
            r#"{"env":[{"name":"GOMEMLIMIT","value":"1B"},{"name":"GOMEMLIMIT","value":"2B"}]}"#.to_owned(),
            Some("env[1].value: GOMEMLIMIT=2B = 2"),
        ),
    ] {
        assert_eq!(found(&container), expected.into_iter().collect::<Vec<_>>(), "{container}");
    }
    let both = r#"{"env":[{"name":"GOMEMLIMIT","value":"1B"}],"command":["java","-Xmx1k","-jar","a.jar"]}"#;
    assert_eq!(found(both), ["command[1]: -Xmx1k = 1024", "env[0].value: GOMEMLIMIT=1B = 1"]);
}
