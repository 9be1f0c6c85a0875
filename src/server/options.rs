//! What a port does with its peers: sizes, counts and times, with the reason for each default.

use std::num::NonZeroUsize;
use std::time::Duration;

const MIB: usize = 1024 * 1024;

/// The sizes, counts and times of one port.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// Threads that serve, each with all it needs to do so alone.
    ///
    /// One thread answers tens of thousands of reviews a second; sharing the work of a connection between
    /// threads would double the processor time of each.
    pub threads: NonZeroUsize,
    /// Bodies longer than this are not judged; they are answered from their beginning.
    ///
    /// The API server accepts 3 MiB from a client, its JSON encoder may turn a byte into six (`<`, `>`, `&`), and
    /// an UPDATE carries two objects: 36 MiB. The rest is for the envelope.
    pub body_limit: usize,
    /// Bodies longer than this do not come from an API server, so no end of them is waited for.
    pub drain_limit: u64,
    /// Memory for all bodies together; one peer may use half of it.
    pub body_memory: usize,
    /// Bodies longer than this are judged on a thread of their own, so that the others are not kept waiting.
    pub offload_above: usize,
    /// How long a body may take to arrive, at most; the deadline of the review may be earlier.
    pub body_timeout: Duration,
    /// How long a TLS handshake may take. The API server gives up after 10 s.
    pub handshake_timeout: Duration,
    /// How long the head of a request may take once it has begun; noticed within twice this time.
    pub header_timeout: Duration,
    /// How long a connection may be idle.
    ///
    /// The API server closes idle connections after 90 s and does not repeat a request that it wrote to one that
    /// we were just closing: this must be well above.
    pub idle_timeout: Duration,
    /// Open connections, of which one peer may have half. The API server opens one for each concurrent call.
    pub connections: usize,
    /// TLS handshakes in progress, of which one peer may have half.
    pub handshakes: usize,
    /// Reviews being received or judged, of which one peer may have half.
    pub reviews: usize,
    /// Concurrent streams of an HTTP/2 connection.
    pub streams: u32,
    /// How long an HTTP/1.1 connection that seems idle is listened to at the very end: a request may be on its way.
    pub linger: Duration,
    /// How long reviews that are being answered may take to finish at the very end.
    pub finish_timeout: Duration,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            threads: NonZeroUsize::MIN,
            body_limit: 37 * MIB,
            drain_limit: 128 * MIB as u64,
            body_memory: 96 * MIB,
            offload_above: MIB / 4,
            body_timeout: Duration::from_secs(10),
            handshake_timeout: Duration::from_secs(10),
            header_timeout: Duration::from_secs(20),
            idle_timeout: Duration::from_mins(5),
            connections: 2048,
            handshakes: 256,
            reviews: 1024,
            streams: 250,
            linger: Duration::from_millis(500),
            finish_timeout: Duration::from_secs(10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_fit_together() {
        let options = ServerOptions::default();
        assert!(options.body_limit >= 2 * 6 * 3 * MIB, "the longest review of an API server");
        assert!(options.body_memory / 2 >= options.body_limit, "one peer alone can send the longest body");
        assert!(options.linger < options.finish_timeout);
        assert!(options.drain_limit > options.body_limit as u64);
        assert!(options.idle_timeout >= 3 * Duration::from_secs(90));
        assert!(
            options.handshakes / 2 >= 100 && options.connections / 2 >= 600,
            "one API server's concurrency"
        );
    }
}
