//! Which images are databases: what keeps data that cannot be made again.

use crate::object::View as _;
use crate::object::pod::{Image, Pod, Role};
use crate::object::pod_spec::Container;

/// Names of images, as the last part of their path: an exporter or a proxy of a database has a longer one.
#[rustfmt::skip]
const IMAGES: &[&str] = &[
    "arangodb", "cassandra", "clickhouse", "clickhouse-server", "cockroach", "couchbase", "couchdb", "cp-kafka",
    "cp-zookeeper", "elasticsearch", "etcd", "influxdb", "kafka", "keydb", "mariadb", "mariadb-galera", "minio", "mongo",
    "mongodb", "mongodb-community-server", "mysql", "mysql-server", "neo4j", "opensearch", "percona", "postgis",
    "postgres", "postgresql", "postgresql-repmgr", "rabbitmq", "redis", "redis-cluster", "redis-stack",
    "redis-stack-server", "registry", "scylla", "solr", "timescaledb", "timescaledb-ha", "valkey", "zookeeper",
];

/// The names, as a parameter has them.
pub(super) fn images() -> Vec<String> {
    IMAGES.iter().map(|&name| name.to_owned()).collect()
}

/// The containers of a Pod that run a database as long as it lives, with their images; caches are none.
pub(super) fn of<'a, 't>(
    pod: &'a Pod<'t>,
    names: &'a [String],
) -> impl Iterator<Item = (Container<'t>, &'a Image<'t>)> {
    let runs = pod.images.iter().filter(|image| matches!(image.role, Some(Role::App | Role::Sidecar)));
    let databases = runs.filter(|image| {
        let basename = image.reference.basename();
        names.iter().any(|name| name == basename)
    });
    let containers =
        databases.filter_map(|image| Some((Container::view(image.text.place().node().parent()?)?, image)));
    containers.filter(|(container, _)| !keeps_nothing(*container))
}

/// Whether Redis, or what is made after it, is told to write nothing to a disk.
fn keeps_nothing(container: Container<'_>) -> bool {
    let words = || container.command().iter().chain(container.args().iter());
    let has = |option: &str, values: &[&str]| {
        words().zip(words().skip(1)).any(|(word, next)| *word == option && values.contains(&*next))
    };
    has("--save", &["", "\"\"", "''"]) && !has("--appendonly", &["yes"])
}
