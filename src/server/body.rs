//! Receiving a body: bounded in size, time and memory, and without a copy where one frame has it all.
//!
//! Too long a body is no error but a verdict: its beginning is kept, the rest is read and forgotten, so that
//! the caller hears the answer instead of a broken connection.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use bytes::{Bytes, BytesMut};
use http_body::Body;
use tokio::time::{Instant, Sleep, sleep_until};

use super::limits::{Peer, Resource, Share};
use super::options::ServerOptions;

/// How much of too long a body is kept: the uid and all else that an answer needs stands in the beginning.
pub(super) const PREFIX: usize = 64 * 1024;

/// A body that has arrived.
#[derive(Debug)]
pub(super) struct Arrived {
    /// All of it, or its beginning.
    pub(super) bytes: Bytes,
    /// Whether `bytes` is only the beginning.
    pub(super) oversize: bool,
    /// The memory that is accounted for; held until the review is answered.
    _memory: Option<Share>,
}

/// Why a body did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// It took too long.
    Slow,
    /// It is longer than anything an API server sends.
    Endless,
    /// This peer's part of the memory for bodies is used up.
    NoMemory,
    /// The connection broke.
    Broken,
}

/// Receives a body until `deadline`.
pub(super) async fn receive<B>(
    mut body: B,
    options: &ServerOptions,
    peer: &Arc<Peer>,
    deadline: Instant,
) -> Result<Arrived, Lost>
where
    B: Body<Data = Bytes> + Unpin,
{
    let declared = body.size_hint().exact();
    if declared.is_some_and(|length| length > options.drain_limit) {
        return Err(Lost::Endless);
    }
    let mut timer = None;
    let mut kept = Kept::new(declared.is_some_and(|length| length > options.body_limit as u64));
    let mut length: u64 = 0;
    while let Some(data) = next(&mut body, &mut timer, deadline).await? {
        length += data.len() as u64;
        if length > options.drain_limit {
            return Err(Lost::Endless);
        }
        kept.push(data, options.body_limit, peer);
    }
    kept.finish()
}

/// Reads a body to its end and forgets it, so that an answer given without it is heard.
pub(super) async fn discard<B>(mut body: B, limit: u64, deadline: Instant) -> Result<(), Lost>
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut timer = None;
    let mut length: u64 = 0;
    while let Some(data) = next(&mut body, &mut timer, deadline).await? {
        length += data.len() as u64;
        if length > limit {
            return Err(Lost::Endless);
        }
    }
    Ok(())
}

/// What is kept of the frames so far.
enum Kept {
    Nothing,
    /// One frame, as it came.
    One(Bytes, Share),
    Many(BytesMut, Share),
    /// The beginning of too long a body.
    Prefix(BytesMut),
    /// There was no memory for it.
    Refused,
}

impl Kept {
    fn new(oversize: bool) -> Self {
        if oversize { Self::Prefix(BytesMut::new()) } else { Self::Nothing }
    }

    fn push(&mut self, data: Bytes, limit: usize, peer: &Arc<Peer>) {
        *self = match std::mem::replace(self, Self::Refused) {
            Self::Nothing => match peer.take(Resource::BodyBytes, data.len()) {
                Some(share) if data.len() <= limit => Self::One(data, share),
                Some(_) => Self::prefix(&data),
                None => Self::Refused,
            },
            Self::One(first, share) => {
                let mut all = BytesMut::with_capacity(2 * (first.len() + data.len()));
                all.extend_from_slice(&first);
                Self::append(all, share, &data, limit)
            }
            Self::Many(all, share) => Self::append(all, share, &data, limit),
            Self::Prefix(mut prefix) => {
                let room = PREFIX.saturating_sub(prefix.len()).min(data.len());
                prefix.extend_from_slice(&data[..room]);
                Self::Prefix(prefix)
            }
            Self::Refused => Self::Refused,
        };
    }

    fn append(mut all: BytesMut, mut share: Share, data: &[u8], limit: usize) -> Self {
        if all.len() + data.len() > limit {
            if all.len() < PREFIX {
                all.extend_from_slice(&data[..data.len().min(PREFIX - all.len())]);
            }
            return Self::prefix(&all);
        }
        if !share.grow(data.len()) {
            return Self::Refused;
        }
        all.extend_from_slice(data);
        Self::Many(all, share)
    }

    /// The beginning of `all`, in memory of its own.
    fn prefix(all: &[u8]) -> Self {
        Self::Prefix(BytesMut::from(&all[..all.len().min(PREFIX)]))
    }

    fn finish(self) -> Result<Arrived, Lost> {
        Ok(match self {
            Self::Nothing => Arrived { bytes: Bytes::new(), oversize: false, _memory: None },
            Self::One(bytes, share) => Arrived { bytes, oversize: false, _memory: Some(share) },
            Self::Many(all, share) => Arrived { bytes: all.freeze(), oversize: false, _memory: Some(share) },
            Self::Prefix(prefix) => Arrived { bytes: prefix.freeze(), oversize: true, _memory: None },
            Self::Refused => return Err(Lost::NoMemory),
        })
    }
}

/// The next data of a body, until a deadline. The timer is made when data has to be waited for: mostly the body
/// is there with the head.
async fn next<B>(
    body: &mut B,
    timer: &mut Option<Pin<Box<Sleep>>>,
    deadline: Instant,
) -> Result<Option<Bytes>, Lost>
where
    B: Body<Data = Bytes> + Unpin,
{
    loop {
        let frame = poll_fn(|cx| match Pin::new(&mut *body).poll_frame(cx) {
            Poll::Ready(frame) => Poll::Ready(Ok(frame)),
            Poll::Pending => {
                let timer = timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
                timer.as_mut().poll(cx).map(|()| Err(Lost::Slow))
            }
        });
        match frame.await? {
            None => return Ok(None),
            Some(Err(_)) => return Err(Lost::Broken),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::net::IpAddr;
    use std::time::Duration;

    use futures::stream;
    use http_body::Frame;
    use http_body_util::{Full, StreamBody};

    use super::super::limits::Limits;
    use super::*;

    fn options() -> ServerOptions {
        ServerOptions { body_limit: 100_000, drain_limit: 1_000_000, ..ServerOptions::default() }
    }

    fn peer(memory: usize) -> Arc<Peer> {
        Arc::new(Limits::new(1, 1, 1, memory)).peer(IpAddr::from([10, 0, 0, 1]))
    }

    /// A body of unknown length in frames of `frame` bytes, counting up.
    fn chunked(length: usize, frame: usize) -> impl Body<Data = Bytes> + Unpin {
        let bytes: Vec<u8> = (0..length).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let frames: Vec<_> = bytes.chunks(frame).map(Bytes::copy_from_slice).collect();
        StreamBody::new(stream::iter(frames.into_iter().map(|data| Ok::<_, Infallible>(Frame::data(data)))))
    }

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
    }

    fn received(body: impl Body<Data = Bytes> + Unpin, memory: usize) -> Result<(usize, bool), Lost> {
        run(async {
            let deadline = Instant::now() + Duration::from_millis(500);
            let arrived = receive(body, &options(), &peer(memory), deadline).await?;
            let expected = (0..arrived.bytes.len()).map(|n| u8::try_from(n % 251).unwrap());
            assert!(arrived.bytes.iter().copied().eq(expected), "bytes in their order");
            Ok((arrived.bytes.len(), arrived.oversize))
        })
    }

    #[test]
    fn a_body_is_kept_whole_up_to_the_limit_and_by_its_beginning_above() {
        const PLENTY: usize = 10_000_000;
        for (length, frame, memory, expected) in [
            (0, 10, PLENTY, Ok((0, false))),
            (10, 10, PLENTY, Ok((10, false))),
            (100_000, 100_000, PLENTY, Ok((100_000, false))),
            (100_000, 7_001, PLENTY, Ok((100_000, false))),
            (100_001, 200_000, PLENTY, Ok((PREFIX, true))),
            (100_001, 7_001, PLENTY, Ok((PREFIX, true))),
            (100_001, 60_000, PLENTY, Ok((PREFIX, true))),
            (1_000_000, 16_384, PLENTY, Ok((PREFIX, true))),
            (1_000_001, 16_384, PLENTY, Err(Lost::Endless)),
            (50_000, 10_000, 100_000, Ok((50_000, false))),
            (50_001, 10_000, 100_000, Err(Lost::NoMemory)),
            (50_001, 50_001, 100_000, Err(Lost::NoMemory)),
        ] {
            assert_eq!(
                received(chunked(length, frame), memory),
                expected,
                "{length} bytes in frames of {frame}"
            );
        }
    }

    #[test]
    fn a_declared_length_is_believed_where_that_saves_work() {
        assert_eq!(received(Full::from(vec![0; 1_000_001]), 0), Err(Lost::Endless));
    }

    #[test]
    fn memory_is_held_as_long_as_the_body() {
        run(async {
            let peer = peer(100_000);
            let deadline = Instant::now() + Duration::from_secs(5);
            let first = receive(chunked(40_000, 10_000), &options(), &peer, deadline).await.unwrap();
            let second = receive(chunked(40_000, 10_000), &options(), &peer, deadline).await;
            assert_eq!(second.unwrap_err(), Lost::NoMemory);
            drop(first);
            assert!(receive(chunked(40_000, 10_000), &options(), &peer, deadline).await.is_ok());
        });
    }

    #[test]
    fn a_body_that_stalls_is_given_up_at_the_deadline() {
        let pending = StreamBody::new(stream::pending::<Result<Frame<Bytes>, Infallible>>());
        assert_eq!(received(pending, 1_000), Err(Lost::Slow));
    }
}
