//! Seawall's admin port, as a probe or a scraper sees it.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result};

/// Status and body of a GET.
pub(crate) fn get(address: SocketAddr, path: &str) -> Result<(u16, String)> {
    get_within(address, path, Duration::from_secs(10))
}

/// The same, if it does not take longer to connect or to be answered.
pub(crate) fn get_within(address: SocketAddr, path: &str, within: Duration) -> Result<(u16, String)> {
    let mut stream = TcpStream::connect_timeout(&address, within)?;
    stream.set_read_timeout(Some(within))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    let (head, body) = response.split_once("\r\n\r\n").context("no end of the head")?;
    let status = head.split(' ').nth(1).context("no status")?.parse()?;
    Ok((status, body.to_owned()))
}

/// The sum of all series of a metric that have the given labels.
pub(crate) fn sum(metrics: &str, name: &str, labels: &[(&str, &str)]) -> f64 {
    let wanted: Vec<String> = labels.iter().map(|(key, value)| format!("{key}=\"{value}\"")).collect();
    let series = metrics.lines().filter_map(|line| {
        let (series, value) = line.strip_prefix(name)?.rsplit_once(' ')?;
        let is_whole_name = series.is_empty() || series.starts_with('{');
        let has_labels = wanted.iter().all(|label| series.contains(label.as_str()));
        (is_whole_name && has_labels).then(|| value.parse::<f64>().ok())?
    });
    series.sum()
}
