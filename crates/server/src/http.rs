//! The accept loop and its limits.
//!
//! Our own, because `axum::serve` sets no `TCP_NODELAY` and no time-outs: who connects and says nothing, or
//! drips a header at a time, must not hold a place for long.

mod in_time;

use crate::click::{
    fast_lane::{self, End},
    handler::ClickPath,
    head::Head,
};
use axum::{Router, body::Body};
use hyper::{
    Method, Request, Response,
    body::{Body as _, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use in_time::{InTime, Taken};
use metrics::Gauge;
use std::{
    convert::Infallible,
    io::Cursor,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

/// A connection that says nothing for this long is closed.
pub const FIRST_BYTE_WITHIN: Duration = Duration::from_secs(5);
/// From the first byte of a request, or the end of the one before, to the end of its head.
pub const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// Longest head.
pub const HEAD_MAX_BYTES: usize = 16 * 1024;
/// Most headers.
pub const HEADERS_MAX: usize = 64;
/// After an error of `accept` (too many open files), rather than spinning.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// The other end of the connection that a request came by; an extension of each request that the router gets.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// Who answers: visitors' links on the click path, everything else by the router.
#[derive(Clone)]
pub struct Site {
    /// `/wa/…`; the operators' listener has none.
    pub click_path: Option<Arc<ClickPath>>,
    /// Everything else.
    pub router: Router,
    /// Connections that are open.
    pub connections: Gauge,
}

impl Site {
    async fn answer(self, peer: SocketAddr, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
        if let Some(click_path) = &self.click_path
            && request.uri().path().starts_with("/wa/")
        {
            let peer = peer.ip().to_canonical();
            if request.method() == Method::POST {
                return Ok(click_path.press(peer, request).await);
            }
            let head = Head::of_request(&request);
            return Ok(click_path.handle(peer, &head, None).await.into_response());
        }
        let mut request = request.map(|body| match body.is_end_stream() {
            true => Body::empty(),
            false => Body::new(InTime::new(body)),
        });
        request.extensions_mut().insert(Peer(peer.ip().to_canonical()));
        self.router.oneshot(request).await
    }
}

/// Counts a connection for as long as it lives, however it ends.
struct Open(Gauge);

impl Open {
    fn count(gauge: &Gauge) -> Self {
        gauge.increment(1.0);
        Self(gauge.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// Waits until something comes, on the listener that has no fast lane. Looked at rather than waited for with `readable`,
/// which may say so of a socket that holds nothing yet.
async fn first_byte(stream: &mut TcpStream, stop: &CancellationToken) -> End {
    let mut byte = [0];
    tokio::select! {
        peeked = tokio::time::timeout(FIRST_BYTE_WITHIN, stream.peek(&mut byte)) => match peeked {
            Ok(Ok(1)) => End::Other(Vec::new()),
            _ => End::Closed,
        },
        () = stop.cancelled() => End::Closed,
    }
}

/// Accepts connections until `stop`; those that are open then finish the request that they are at.
pub async fn serve(listener: TcpListener, site: Site, tasks: TaskTracker, stop: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
        };
        match accepted {
            Ok((stream, peer)) => {
                tasks.spawn(connection(stream, peer, site.clone(), stop.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_AGAIN_AFTER).await;
            }
        }
    }
}

async fn connection(mut stream: TcpStream, peer: SocketAddr, site: Site, stop: CancellationToken) {
    // Without it the last packet of an answer may wait 40 ms for an acknowledgement.
    let _ = stream.set_nodelay(true);
    let _open = Open::count(&site.connections);
    let end = match &site.click_path {
        Some(path) => fast_lane::serve(&mut stream, peer.ip().to_canonical(), path, &stop).await,
        None => first_byte(&mut stream, &stop).await,
    };
    let End::Other(read) = end else { return };
    let (rest, answers) = stream.into_split();
    let stream = tokio::io::join(Cursor::new(read).chain(rest), Taken::new(answers));
    let service = service_fn(move |request| site.clone().answer(peer, request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(HEAD_MAX_BYTES)
        .max_headers(HEADERS_MAX)
        // Answers are small: copying one into one buffer costs less than a system call with a list of them.
        .writev(false)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // An error here is the peer's: a head that is too large was answered, a broken connection is over.
        _ = connection.as_mut() => {}
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
