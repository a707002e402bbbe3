//! Bodies that have to come and answers that have to be taken within some time: who drips the one or never reads the other
//! must not hold a place for long.

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::{
    error::Error,
    fmt, io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::AsyncWrite,
    time::{Instant, Sleep, sleep},
};

/// What any body may take, and a second more for each so many bytes that came: a file of leads over a bad line is in time,
/// a byte a second is not.
pub const BODY_WITHIN: Duration = Duration::from_secs(30);
/// Slowest line.
pub const BODY_BYTES_A_SECOND: u32 = 8 * 1024;
/// How long a client may take none of an answer.
pub const TAKEN_WITHIN: Duration = Duration::from_secs(30);

/// A body that ends with an error when it is too slow.
pub struct InTime<B> {
    body: B,
    deadline: Instant,
    /// Looked at only while there is something to wait for; it does not move with each frame, but looks, when it goes off,
    /// whether the deadline has.
    timer: Pin<Box<Sleep>>,
}

/// A body did not come in time.
#[derive(Debug)]
pub struct TooSlow;

impl fmt::Display for TooSlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the body came at less than {BODY_BYTES_A_SECOND} bytes a second")
    }
}

impl Error for TooSlow {}

impl<B> InTime<B> {
    /// From now on.
    pub fn new(body: B) -> Self {
        let timer = Box::pin(sleep(BODY_WITHIN));
        Self {
            body,
            deadline: timer.deadline(),
            timer,
        }
    }
}

impl<B> Body for InTime<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            let bytes = match &frame {
                Some(Ok(frame)) => frame.data_ref().map_or(0, Bytes::len),
                _ => 0,
            };
            self.deadline += Duration::from_secs(1).mul_f64(bytes as f64 / f64::from(BODY_BYTES_A_SECOND));
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        loop {
            ready!(self.timer.as_mut().poll(context));
            if self.deadline <= Instant::now() {
                return Poll::Ready(Some(Err(TooSlow.into())));
            }
            let deadline = self.deadline;
            self.timer.as_mut().reset(deadline);
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Where answers are written to; an error once nothing of one is taken for [`TAKEN_WITHIN`].
pub struct Taken<W> {
    writer: W,
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<W> Taken<W> {
    /// Around a writer.
    pub fn new(writer: W) -> Self {
        Self { writer, stalled: None }
    }

    fn or_give_up<T>(&mut self, context: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.stalled = None;
            return polled;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(TAKEN_WITHIN)));
        ready!(stalled.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<W: AsyncWrite + Unpin> AsyncWrite for Taken<W> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.writer).poll_write(context, bytes);
        self.or_give_up(context, polled)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.writer).poll_flush(context);
        self.or_give_up(context, polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.writer).poll_shutdown(context);
        self.or_give_up(context, polled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{StreamExt, stream};
    use http_body_util::{BodyExt, StreamBody};
    use tokio::io::AsyncWriteExt;

    /// So many bytes every so often.
    async fn read(bytes: usize, every: Duration, times: usize) -> Result<usize, String> {
        let frames = stream::iter(0..times).then(move |_| async move {
            sleep(every).await;
            Ok::<_, io::Error>(Frame::data(Bytes::from(vec![b'x'; bytes])))
        });
        let body = InTime::new(StreamBody::new(Box::pin(frames)));
        let read = body.collect().await.map_err(|error| error.to_string())?;
        Ok(read.to_bytes().len())
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_over_a_bad_line_is_in_time_and_a_body_that_drips_is_not() {
        let second = Duration::from_secs(1);
        assert_eq!(read(10 * 1024, second, 600).await, Ok(6_000 * 1024));
        assert_eq!(read(100, Duration::from_millis(10), 20).await, Ok(2_000));
        let started = Instant::now();
        let error = read(1, second, 600).await.unwrap_err();
        assert!(error.contains("bytes a second"), "{error}");
        let took = started.elapsed();
        assert!(took >= BODY_WITHIN && took < BODY_WITHIN + second, "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_nobody_takes_is_given_up() {
        let (here, _there) = tokio::io::duplex(64);
        let mut here = Taken::new(here);
        here.write_all(&[0; 64]).await.unwrap();
        let started = Instant::now();
        let error = here.write_all(&[0; 64]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(started.elapsed(), TAKEN_WITHIN);
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_it_slowly_gets_all_of_it() {
        use tokio::io::AsyncReadExt;
        let (here, mut there) = tokio::io::duplex(64);
        let reading = tokio::spawn(async move {
            let mut bytes = [0; 64];
            for _ in 0..10 {
                sleep(TAKEN_WITHIN / 2).await;
                there.read_exact(&mut bytes).await.unwrap();
            }
        });
        Taken::new(here).write_all(&[0; 640]).await.unwrap();
        reading.await.unwrap();
    }
}
