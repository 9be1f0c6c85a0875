//! What a connection is up to, so that one that does nothing, or does it too slowly, is noticed.
//!
//! hyper's own timers cost an allocation and two visits to the timer wheel a request, and cannot tell an idle
//! connection from a head that does not end. Here a request costs a few additions, and one slow timer a
//! connection looks at the sums.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The sums of one connection.
#[derive(Debug, Default)]
pub(super) struct Activity {
    /// Bytes read, after decryption.
    read: AtomicU64,
    /// Bytes that had been read when the last answer was made: more of them are the beginning of a request.
    read_at_rest: AtomicU64,
    begun: AtomicU64,
    ended: AtomicU64,
}

/// A request that is being answered.
pub(super) struct Busy(Arc<Activity>);

impl Activity {
    /// Notes that a request is being answered, until the value is dropped.
    pub(super) fn busy(self: &Arc<Self>) -> Busy {
        self.begun.fetch_add(1, Relaxed);
        Busy(Arc::clone(self))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.read_at_rest.store(self.0.read.load(Relaxed), Relaxed);
        self.0.ended.fetch_add(1, Relaxed);
    }
}

/// What the slow timer finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// Nothing to object to.
    Fine,
    /// Nothing has happened for the idle timeout.
    Idle,
    /// A head was begun at least one interval ago and has not ended.
    SlowHead,
}

/// Looks at an [`Activity`] once every interval.
#[derive(Debug)]
pub(super) struct Watchdog {
    activity: Arc<Activity>,
    /// HTTP/2 sends frames that belong to no request, and limits its heads itself.
    expects_heads: bool,
    begun: u64,
    partial: bool,
    idle: u32,
    idle_limit: u32,
}

impl Watchdog {
    /// A watchdog that will look every `interval`.
    pub(super) fn new(
        activity: Arc<Activity>,
        interval: Duration,
        idle: Duration,
        expects_heads: bool,
    ) -> Self {
        let intervals = idle.as_nanos().div_ceil(interval.as_nanos().max(1));
        let idle_limit = u32::try_from(intervals).unwrap_or(u32::MAX).max(1);
        Self { activity, expects_heads, begun: 0, partial: false, idle: 0, idle_limit }
    }

    /// Looks.
    pub(super) fn look(&mut self) -> Finding {
        let begun = self.activity.begun.load(Relaxed);
        let busy = begun != self.activity.ended.load(Relaxed);
        let progress = begun != self.begun;
        self.begun = begun;
        if busy || progress {
            (self.idle, self.partial) = (0, false);
            return Finding::Fine;
        }
        let partial = self.activity.read.load(Relaxed) != self.activity.read_at_rest.load(Relaxed);
        if self.expects_heads && partial && self.partial {
            return Finding::SlowHead;
        }
        self.partial = partial;
        self.idle += 1;
        if self.idle >= self.idle_limit { Finding::Idle } else { Finding::Fine }
    }
}

/// A stream whose reads are added up.
#[derive(Debug)]
pub(super) struct Counted<T> {
    stream: T,
    activity: Arc<Activity>,
}

impl<T> Counted<T> {
    pub(super) fn new(stream: T, activity: Arc<Activity>) -> Self {
        Self { stream, activity }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Counted<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let result = ready!(Pin::new(&mut self.stream).poll_read(cx, buf));
        self.activity.read.fetch_add((buf.filled().len() - before) as u64, Relaxed);
        Poll::Ready(result)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Counted<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watchdog() -> (Arc<Activity>, Watchdog) {
        let activity = Arc::new(Activity::default());
        let (interval, idle) = (Duration::from_secs(20), Duration::from_mins(1));
        (Arc::clone(&activity), Watchdog::new(activity, interval, idle, true))
    }

    #[test]
    fn a_silent_connection_is_idle_after_its_time() {
        let (_, mut dog) = watchdog();
        assert_eq!([dog.look(), dog.look(), dog.look()], [Finding::Fine, Finding::Fine, Finding::Idle]);
    }

    #[test]
    fn a_request_starts_the_time_anew() {
        let (activity, mut dog) = watchdog();
        dog.look();
        dog.look();
        drop(activity.busy());
        assert_eq!([dog.look(), dog.look(), dog.look()], [Finding::Fine; 3]);
        assert_eq!(dog.look(), Finding::Idle);
    }

    #[test]
    fn a_request_may_be_busy_for_long() {
        let (activity, mut dog) = watchdog();
        let _busy = activity.busy();
        assert!((0..10).all(|_| dog.look() == Finding::Fine));
    }

    #[test]
    fn a_head_that_does_not_end_is_noticed_at_the_second_look() {
        let (activity, mut dog) = watchdog();
        drop(activity.busy());
        dog.look();
        activity.read.fetch_add(10, Relaxed);
        assert_eq!([dog.look(), dog.look()], [Finding::Fine, Finding::SlowHead]);
    }

    #[test]
    fn bytes_of_answered_requests_are_not_the_beginning_of_one() {
        let (activity, mut dog) = watchdog();
        activity.read.fetch_add(100, Relaxed);
        drop(activity.busy());
        assert_eq!([dog.look(), dog.look(), dog.look()], [Finding::Fine; 3]);
    }
}
