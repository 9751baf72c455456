//! From where a request comes.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{Extensions, HeaderMap},
    middleware::Next,
    response::Response,
};

use uuid::Uuid;

use crate::{app::App, database::Origin};

/// By which a request is known in the log, and in what its sender is told when it fails. What the
/// request says of that is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId(pub Uuid);

impl RequestId {
    /// That of a request.
    pub fn of(extensions: &Extensions) -> Self {
        let known = extensions.get::<Self>().copied();
        known.unwrap_or_else(|| Self(Uuid::new_v4()))
    }
}

/// Notes where a request comes from, for whoever records it or counts its tries, and gives it an
/// id.
pub async fn note(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let origin = match peer {
        Some(ConnectInfo(peer)) => {
            Origin::Address(sender(peer.ip(), request.headers(), &app.config.proxies))
        }
        None => Origin::Portal,
    };
    request.extensions_mut().insert(origin);
    request.extensions_mut().insert(RequestId(Uuid::new_v4()));
    next.run(request).await
}

/// Who sent it: whoever is connected, or, where that is one of our reverse proxies, the last in
/// `X-Forwarded-For` that is none of them. What stands before that, anybody can have written.
fn sender(peer: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    let peer = peer.to_canonical();
    if !proxies.contains(&peer) {
        return peer;
    }
    let mut last = peer;
    let forwarded = headers.get_all("x-forwarded-for");
    let forwarded: Vec<_> = forwarded
        .iter()
        .flat_map(|value| value.to_str().unwrap_or_default().split(','))
        .map(|address| address.trim().parse::<IpAddr>())
        .collect();
    for address in forwarded.into_iter().rev() {
        // What is no address was not written by a proxy of ours.
        let Ok(address) = address else { break };
        last = address.to_canonical();
        if !proxies.contains(&last) {
            break;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(peer: &str, forwarded: &[&str], proxies: &[&str]) -> String {
        let address = |text: &&str| text.parse::<IpAddr>().expect("an address");
        let headers = forwarded
            .iter()
            .map(|value| {
                let name = axum::http::HeaderName::from_static("x-forwarded-for");
                (name, value.parse().expect("a header"))
            })
            .collect();
        let proxies: Vec<_> = proxies.iter().map(address).collect();
        sender(address(&peer), &headers, &proxies).to_string()
    }

    #[test]
    fn whoever_is_connected_sent_it_whatever_it_says() {
        assert_eq!(from("192.0.2.7", &[], &[]), "192.0.2.7");
        assert_eq!(from("192.0.2.7", &["198.51.100.1"], &[]), "192.0.2.7");
        assert_eq!(from("::ffff:192.0.2.7", &[], &[]), "192.0.2.7");
    }

    #[test]
    fn a_proxy_of_ours_says_who_sent_it_and_nobody_before_it_does() {
        let ours = ["10.0.0.1", "10.0.0.2"];
        assert_eq!(from("10.0.0.1", &["198.51.100.1"], &ours), "198.51.100.1");
        assert_eq!(
            from("10.0.0.1", &["1.1.1.1, 198.51.100.1, 10.0.0.2"], &ours),
            "198.51.100.1"
        );
        assert_eq!(
            from("10.0.0.1", &["1.1.1.1", "198.51.100.1"], &ours),
            "198.51.100.1"
        );
        assert_eq!(from("10.0.0.1", &["nonsense"], &ours), "10.0.0.1");
        assert_eq!(from("10.0.0.1", &[], &ours), "10.0.0.1");
    }
}
