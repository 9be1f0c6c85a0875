//! Which host a client on a command line connects to.

/// The host that a program is told to connect to; `None` for one that is not known as a client, or is told
/// nothing.
pub fn target<'a>(program: &str, arguments: &'a [String]) -> Option<&'a str> {
    match program {
        "pg_isready" | "psql" | "mysql" | "mysqladmin" | "mariadb" | "mariadb-admin" | "redis-cli"
        | "valkey-cli" => option(arguments, &["-h", "--host"]).map(host).or_else(|| url(arguments)),
        "mongo" | "mongosh" => option(arguments, &["--host"]).map(host).or_else(|| url(arguments)),
        "curl" | "wget" => url(arguments),
        "grpc_health_probe" | "grpc-health-probe" => option(arguments, &["-addr", "--addr"]).map(host),
        "nc" | "ncat" | "netcat" => positional(arguments),
        _ => None,
    }
}

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

/// The host of the first argument that is a URL.
fn url(arguments: &[String]) -> Option<&str> {
    arguments.iter().find_map(|argument| {
        let (scheme, rest) = argument.split_once("://")?;
        let is_scheme = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        // A password may stand before the host, and must not be shown.
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        is_scheme.then(|| host(authority.rsplit('@').next().unwrap_or(authority)))
    })
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

/// What is left of `HOST:PORT` without its port.
fn host(text: &str) -> &str {
    match text.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() && (!host.contains(':') || host.ends_with(']')) => {
            host
        }
        _ => text,
    }
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
            ("mongosh -h", None),
            ("curl -fsS -o /dev/null https://[fd00::1]:8443/x", Some("[fd00::1]")),
            ("wget -q --spider localhost:8080", None),
            ("nc -z -w 3 db 5432", Some("db")),
            ("nc -zU /run/x.sock", None),
            ("grpc_health_probe -addr=:50051", Some("")),
            ("grpc_health_probe --addr api:50051", Some("api")),
            ("cat -h db", None),
        ] {
            let mut words = line.split(' ').map(str::to_owned);
            let program = words.next().unwrap();
            assert_eq!(target(&program, &words.collect::<Vec<_>>()), expected, "{line}");
        }
    }
}
