//! The listener, and the way of a request through it.

use crate::{
    behaviour::Behaviour,
    body::AnswerBody,
    call::{Call, StandIn},
    endpoint::Endpoint,
    google, linkedin, meta,
    record::Exchange,
    reply::Reply,
    tiktok,
    violation::ViolationKind,
    world::World,
};
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::{
    Request, Response,
    body::Incoming,
    header::{CONTENT_LENGTH, LOCATION},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use std::{io, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// More than any platform takes.
const BODY_MAX_BYTES: usize = 64 * 1024 * 1024;
/// After an error of `accept` (too many open files), rather than spinning.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// Accepts connections for as long as it is polled; they end with it.
pub(crate) async fn serve(listener: TcpListener, world: Arc<World>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(connections.spawn(connection(stream, world.clone()))),
                Err(_) => tokio::time::sleep(ACCEPT_AGAIN_AFTER).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, world: Arc<World>) {
    // Without it the last packet of an answer may wait 40 ms for an acknowledgement.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| answer(world.clone(), request));
    // An error here is a connection that was cut, by us as told or by the sender.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// An error is a connection that is closed without an answer.
async fn answer(world: Arc<World>, request: Request<Incoming>) -> io::Result<Response<AnswerBody>> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, BODY_MAX_BYTES)
        .collect()
        .await
        .map_err(io::Error::other)?
        .to_bytes();
    let body = String::from_utf8_lossy(&body);
    let Some((endpoint, path)) = Endpoint::of(head.uri.path()) else {
        world.note(None, 0, ViolationKind::UnknownAddress, head.uri.path().to_owned());
        return response(&Reply::html(404, "<h1>404</h1>"), None);
    };
    let (number, behaviour) = world.next(endpoint);
    let call = Call {
        world: &world,
        endpoint,
        number,
        method: &head.method,
        path,
        query: head.uri.query().unwrap_or(""),
        headers: &head.headers,
        body: &body,
        now_ms: world.clock.now_ms(),
        manner: behaviour.manner(),
    };
    call.look_over();
    if Endpoint::from(endpoint.platform()) == endpoint {
        world.ledger(endpoint.platform()).counts.requests += 1;
    }
    let mut reply = reply(&call, &behaviour);
    if behaviour == Behaviour::RedirectLoop {
        reply = reply.map(|reply| reply.with_header(LOCATION.as_str(), format!("{}{}", world.url, head.uri)));
    }
    world.keep_exchange(endpoint, || {
        exchange(&call, &head.uri.to_string(), reply.as_ref(), &behaviour)
    });
    send(&behaviour, reply).await
}

/// Who plays an endpoint.
fn stand_in(endpoint: Endpoint) -> &'static dyn StandIn {
    match endpoint {
        Endpoint::Meta => &meta::Meta,
        Endpoint::Google => &google::Ingest,
        Endpoint::GoogleStatus => &google::Status,
        Endpoint::GoogleToken => &google::Token,
        Endpoint::Tiktok => &tiktok::Tiktok,
        Endpoint::Linkedin => &linkedin::Linkedin,
    }
}

/// The answer, if there is one.
fn reply(call: &Call<'_>, behaviour: &Behaviour) -> Option<Reply> {
    let stand_in = stand_in(call.endpoint);
    let answered = behaviour.takes_events().then(|| stand_in.answer(call));
    Some(match behaviour {
        Behaviour::Ok
        | Behaviour::Unnamed
        | Behaviour::Partial
        | Behaviour::Delay(_)
        | Behaviour::Drip(_)
        | Behaviour::CutMidway => return answered,
        Behaviour::Hang(_) | Behaviour::CutBefore | Behaviour::CutUnanswered => return None,
        Behaviour::ExpiredToken => stand_in.expired(call),
        Behaviour::ExpiredTokenAs(status) => stand_in.expired(call).with_status(*status),
        Behaviour::Refuse(code) => stand_in.refused(call, code),
        Behaviour::RateLimited { retry_after_s } => {
            let reply = stand_in.limited(call);
            match retry_after_s {
                Some(seconds) => reply.with_header("retry-after", seconds.to_string()),
                None => reply,
            }
        }
        Behaviour::ServerError(status) => stand_in.broken(call, *status),
        Behaviour::VersionGone => linkedin::version_gone(call.header("linkedin-version")),
        Behaviour::HtmlBadGateway => Reply::html(
            502,
            "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>",
        ),
        Behaviour::RedirectLoop => Reply::empty(307),
        Behaviour::Answer(reply) => reply.clone(),
        Behaviour::EmptyOk => Reply::empty(200),
        Behaviour::InvalidJson => Reply {
            body: Bytes::from_static(b"{\"events_received\":1,\"messages\":["),
            ..Reply::json(200, &serde_json::Value::Null)
        },
        Behaviour::Huge(_) => Reply {
            body: Bytes::new(),
            ..Reply::json(200, &serde_json::Value::Null)
        },
    })
}

/// Puts an answer on the wire, as badly as told.
async fn send(behaviour: &Behaviour, reply: Option<Reply>) -> io::Result<Response<AnswerBody>> {
    let Some(reply) = reply else {
        match behaviour {
            Behaviour::Hang(Some(time)) => tokio::time::sleep(*time).await,
            Behaviour::Hang(None) => std::future::pending().await,
            _ => {}
        }
        return Err(io::Error::other("cut as told"));
    };
    match behaviour {
        Behaviour::Delay(time) => {
            tokio::time::sleep(*time).await;
            response(&reply, None)
        }
        Behaviour::Drip(every) => response(&reply, Some(AnswerBody::drip(reply.body.clone(), *every))),
        Behaviour::CutMidway => {
            let mut response = response(&reply, Some(AnswerBody::cut(&reply.body)))?;
            response
                .headers_mut()
                .insert(CONTENT_LENGTH, reply.body.len().max(1).into());
            Ok(response)
        }
        Behaviour::Huge(bytes) => response(&reply, Some(AnswerBody::huge(*bytes))),
        _ => response(&reply, None),
    }
}

fn response(reply: &Reply, body: Option<AnswerBody>) -> io::Result<Response<AnswerBody>> {
    let head = Response::builder().status(reply.status);
    let head = reply
        .headers
        .iter()
        .fold(head, |head, (name, value)| head.header(*name, value));
    head.body(body.unwrap_or_else(|| AnswerBody::whole(reply.body.clone())))
        .map_err(io::Error::other)
}

fn exchange(call: &Call<'_>, target: &str, reply: Option<&Reply>, behaviour: &Behaviour) -> Exchange {
    let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Exchange {
        endpoint: call.endpoint,
        number: call.number,
        at_ms: call.now_ms,
        line: format!("{} {target}", call.method),
        headers: call
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), text(value)))
            .collect(),
        body: call.body.to_owned(),
        status: reply.map(|reply| reply.status),
        answer: match (behaviour, reply) {
            (Behaviour::Huge(bytes), _) => format!("[{bytes} bytes]"),
            (_, Some(reply)) => String::from_utf8_lossy(&reply.body).into_owned(),
            (_, None) => String::new(),
        },
    }
}
