//! What the kernel says of this process, from `/proc/self`; where there is no such thing, nothing is measured.

use std::fs;

use crate::metrics::Metrics;

/// Ticks a second in what the kernel tells user space, on every architecture of Linux.
const TICKS: u32 = 100;

/// Brings the process metrics up to date.
pub(super) fn measure(metrics: &Metrics) {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    if let Some(stat) = Stat::parse(&read("/proc/self/stat")) {
        // Negative only if another scrape was faster.
        metrics.process_cpu.inc_by((seconds(stat.cpu_ticks) - metrics.process_cpu.get()).max(0.0));
        if let Some(boot) = value(&read("/proc/stat"), "btime") {
            metrics
                .process_start_time
                .set(boot + i64::try_from(stat.start_ticks / u64::from(TICKS)).unwrap_or(0));
        }
    }
    let status = read("/proc/self/status");
    for (gauge, key, unit) in [
        (&metrics.process_resident_memory, "VmRSS:", 1024),
        (&metrics.process_virtual_memory, "VmSize:", 1024),
        (&metrics.process_threads, "Threads:", 1),
    ] {
        if let Some(number) = value(&status, key) {
            gauge.set(number.saturating_mul(unit));
        }
    }
    if let Some(most) = value(&read("/proc/self/limits"), "Max open files") {
        metrics.process_max_fds.set(most);
    }
    if let Ok(entries) = fs::read_dir("/proc/self/fd") {
        // One of them is the directory being read.
        let open = entries.count().saturating_sub(1);
        metrics.process_open_fds.set(i64::try_from(open).unwrap_or(i64::MAX));
    }
}

/// The fields of `/proc/self/stat` that are used.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    cpu_ticks: u64,
    start_ticks: u64,
}

impl Stat {
    fn parse(text: &str) -> Option<Self> {
        // The second field is the name of the program in parentheses, and may hold anything.
        let (_, fields) = text.rsplit_once(')')?;
        // Counted from 1 in proc_pid_stat(5), where these begin with the third.
        let mut fields = fields.split_ascii_whitespace().skip(14 - 3);
        let (user, system) = (fields.next()?.parse::<u64>().ok()?, fields.next()?.parse::<u64>().ok()?);
        let start_ticks = fields.nth(22 - 16)?.parse().ok()?;
        Some(Self { cpu_ticks: user + system, start_ticks })
    }
}

fn seconds(ticks: u64) -> f64 {
    f64::from(u32::try_from(ticks).unwrap_or(u32::MAX)) / f64::from(TICKS)
}

/// The number after a key at the start of a line.
fn value(text: &str, key: &str) -> Option<i64> {
    text.lines().find_map(|line| line.strip_prefix(key)?.split_ascii_whitespace().next()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_may_have_any_name() {
        for name in ["seawall", "a) R 1 (b", "x y"] {
            let stat = format!(
                "42 ({name}) S 1 42 42 0 -1 4194560 900 0 0 0 150 25 0 0 20 0 4 0 98765 1000000 2000"
            );
            assert_eq!(Stat::parse(&stat), Some(Stat { cpu_ticks: 175, start_ticks: 98_765 }), "{name}");
        }
        assert_eq!(Stat::parse("42 (seawall) S 1"), None);
        assert_eq!(Stat::parse(""), None);
    }

    #[test]
    fn values_are_found_by_their_key() {
        let text = "Name:\tseawall\nVmSize:\t  2048 kB\nVmRSS:\t    1024 kB\nThreads:\t3\n";
        assert_eq!(value(text, "VmRSS:"), Some(1024));
        assert_eq!(value(text, "Threads:"), Some(3));
        assert_eq!(value(text, "VmSwap:"), None);
        assert_eq!(value("Max open files            1024  524288  files\n", "Max open files"), Some(1024));
    }

    #[test]
    fn this_process_has_a_size_and_a_start() {
        let metrics = Metrics::default();
        measure(&metrics);
        if cfg!(target_os = "linux") {
            assert!(metrics.process_resident_memory.get() > 1_000_000);
            assert!(metrics.process_open_fds.get() > 2 && metrics.process_threads.get() >= 1);
            assert!(metrics.process_start_time.get() > 1_600_000_000);
        }
    }
}
