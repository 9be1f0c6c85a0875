//! Which host a client on a command line connects to.

/// The host that a program is told to connect to; `None` for one that is not known as a client, is told
/// nothing, or is told something of which it is not certain what the host is.
pub fn target<'a>(program: &'a str, arguments: &'a [String]) -> Option<&'a str> {
    let (program, arguments) = super::under_timeout(program, arguments)?;
    let told = match program {
        "pg_isready" | "psql" | "mysql" | "mysqladmin" | "mariadb" | "mariadb-admin" | "redis-cli"
        | "valkey-cli" => option(arguments, &["-h", "--host"]).or_else(|| url(arguments)),
        "mongo" | "mongosh" => option(arguments, &["--host"]).or_else(|| url(arguments)),
        // A URL says nothing where these say what is connected to.
        "curl" if arguments.iter().any(|it| REDIRECTING.contains(&it.split('=').next().unwrap_or(it))) => {
            None
        }
        "curl" | "wget" => url(arguments),
        "grpc_health_probe" | "grpc-health-probe" => option(arguments, &["-addr", "--addr"]),
        "nc" | "ncat" | "netcat" => positional(arguments),
        _ => None,
    }?;
    let authority = authority(told.split_once("://").map_or(told, |(_, rest)| rest))?;
    Some(authority.rsplit_once(':').filter(is_host_and_port).map_or(authority, |(host, _)| host))
}

/// Options of `curl` by which it connects to something else than the host in the URL.
const REDIRECTING: [&str; 4] = ["--abstract-unix-socket", "--connect-to", "--resolve", "--unix-socket"];

/// The value of an option: `-h db`, `-hdb`, `--host db`, `--host=db`.
fn option<'a>(arguments: &'a [String], names: &[&str]) -> Option<&'a str> {
    arguments.iter().enumerate().find_map(|(index, argument)| {
        names.iter().find_map(|name| match argument.strip_prefix(name)? {
            "" => arguments.get(index + 1).map(String::as_str),
            rest if rest.starts_with('=') => Some(&rest[1..]),
            rest => (name.len() == 2).then_some(rest),
        })
    })
}

/// The first argument that is a URL.
fn url(arguments: &[String]) -> Option<&str> {
    arguments.iter().map(String::as_str).find(|argument| {
        let scheme = argument.split_once("://").map(|(scheme, _)| scheme);
        scheme.is_some_and(|it| it.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)))
    })
}

/// `HOST:PORT` of what follows `SCHEME://`, without the name and the password that may stand before it and must
/// not be shown.
///
/// People leave `/`, `?` and `#` in passwords unescaped. An `@` behind one of these therefore leaves open what is a
/// password and what a path, and there is no answer.
fn authority(rest: &str) -> Option<&str> {
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or(authority);
    (!path.contains('@')).then_some(host)
}

/// `nc HOST PORT`, with flags before, between or after.
fn positional(arguments: &[String]) -> Option<&str> {
    const WITH_VALUE: [&str; 5] = ["-w", "-i", "-p", "-q", "-s"];
    let mut words = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if WITH_VALUE.contains(&argument.as_str()) {
            rest.next();
        } else if !argument.starts_with('-') {
            words.push(argument.as_str());
        }
    }
    match words.as_slice() {
        [host, port, ..] if port.parse::<u16>().is_ok() => Some(host),
        _ => None,
    }
}

/// Whether the parts on both sides of a colon are a host and a port, not the halves of an IPv6 address.
fn is_host_and_port((host, port): &(&str, &str)) -> bool {
    port.parse::<u16>().is_ok() && (!host.contains(':') || host.ends_with(']'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_host() {
        for (line, expected) in [
            ("pg_isready -h db -p 5432", Some("db")),
            ("mysqladmin -hdb ping", Some("db")),
            ("redis-cli --host=db ping", Some("db")),
            ("psql postgres://u:secret@db:5432/shop?x=1", Some("db")),
            ("psql postgres://shop:hun@ter@db/x", Some("db")),
            ("psql postgres://shop:hunter/2@db:5432/x", None),
            ("psql postgres://shop:hunter?2@db:5432/x", None),
            ("psql postgres://hunter#2@db", None),
            ("curl http://shop:hunter2@api/?mail=a@secret", None),
            ("curl http://api/?mail=a@b http://other/", None),
            ("redis-cli -h redis://:hunter2@db:6379 ping", Some("db")),
            ("mongosh --host shop:hunter2@db:27017", Some("db")),
            ("mongosh -h", None),
            ("curl -fsS -o /dev/null https://[fd00::1]:8443/x", Some("[fd00::1]")),
            ("wget -q --spider localhost:8080", None),
            ("nc -z -w 3 db 5432", Some("db")),
            ("nc -zU /run/x.sock", None),
            ("grpc_health_probe -addr=:50051", Some("")),
            ("grpc_health_probe --addr api:50051", Some("api")),
            ("cat -h db", None),
            ("curl --unix-socket /run/x.sock http://x/healthz", None),
            ("curl --resolve=api:443:127.0.0.1 https://api/", None),
            ("timeout 5 redis-cli -h db ping", Some("db")),
            ("timeout -k 1 --signal=KILL 5 /usr/bin/nc db 5432", Some("db")),
            ("timeout -s", None),
            ("timeout 5", None),
        ] {
            let mut words = line.split(' ').map(str::to_owned);
            let program = words.next().unwrap();
            assert_eq!(target(&program, &words.collect::<Vec<_>>()), expected, "{line}");
        }
    }
}
