//! A body on the wire, as badly as it was told to come.

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::Sleep;

/// A piece of a huge body.
const PIECE: &[u8] = &[b'x'; 64 * 1024];

/// Of an answer.
pub(crate) enum AnswerBody {
    /// In one piece.
    Whole(Option<Bytes>),
    /// A byte at a time.
    Drip {
        rest: Bytes,
        every: Duration,
        next: Pin<Box<Sleep>>,
    },
    /// So much, and then no connection.
    Cut { part: Option<Bytes>, flushed: bool },
    /// The start of a JSON text, so many bytes more, and its end.
    Huge { start: bool, left: u64 },
}

impl AnswerBody {
    pub(crate) fn whole(body: Bytes) -> Self {
        Self::Whole(Some(body))
    }

    pub(crate) fn drip(body: Bytes, every: Duration) -> Self {
        Self::Drip {
            rest: body,
            every,
            next: Box::pin(tokio::time::sleep(every)),
        }
    }

    /// The first half of a body.
    pub(crate) fn cut(body: &Bytes) -> Self {
        Self::Cut {
            part: Some(body.slice(..body.len() / 2)),
            flushed: false,
        }
    }

    pub(crate) fn huge(bytes: u64) -> Self {
        Self::Huge {
            start: true,
            left: bytes,
        }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let data = |bytes| Poll::Ready(Some(Ok(Frame::data(bytes))));
        match &mut *self {
            Self::Whole(body) => match body.take() {
                Some(body) => data(body),
                None => Poll::Ready(None),
            },
            Self::Drip { rest, every, next } => {
                if rest.is_empty() {
                    return Poll::Ready(None);
                }
                ready!(next.as_mut().poll(cx));
                let again = next.deadline() + *every;
                next.as_mut().reset(again);
                data(rest.split_to(1))
            }
            Self::Cut { part, flushed } => match part.take() {
                Some(part) => data(part),
                None if !*flushed => {
                    // Hyper writes out what it has when there is nothing more for the moment, and only then.
                    *flushed = true;
                    cx.waker().wake_by_ref();
                    Poll::Pending
                }
                None => Poll::Ready(Some(Err(io::Error::other("cut as told")))),
            },
            Self::Huge {
                start: start @ true, ..
            } => {
                *start = false;
                data(Bytes::from_static(b"{\"message\":\""))
            }
            Self::Huge { left: 0, .. } => Poll::Ready(None),
            Self::Huge { left, .. } => {
                let count = (*left).min(PIECE.len() as u64);
                *left -= count;
                data(Bytes::from_static(&PIECE[..count as usize]))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => SizeHint::with_exact(body.as_ref().map_or(0, |body| body.len() as u64)),
            Self::Drip { rest, .. } => SizeHint::with_exact(rest.len() as u64),
            // The length of a cut body stands in its header; a huge one does not say.
            Self::Cut { .. } | Self::Huge { .. } => SizeHint::default(),
        }
    }
}
