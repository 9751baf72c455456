//! Requests to a provider: bounded in time and size, redirected nowhere, and only to where its
//! issuer may be asked.

use std::{
    error::Error as _,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, OnceLock},
    time::Duration,
};

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse, http, url::Url};
use reqwest::{
    Client,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};

use crate::config::issuers::Reach;

/// After this an answer is given up.
const TIMEOUT: Duration = Duration::from_secs(7);

/// The most bytes of an answer that are read. Documents and keys have a few thousand.
const LARGEST: usize = 256 * 1024;

/// Why there is no answer, in words for whoever configures it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Its address is not one that may be asked.
    #[error("it is not at an address that may be asked from here")]
    NotAllowed,
    /// Nothing answers, or not over TLS as it should.
    #[error("nothing answers there, or not with a certificate that is trusted here")]
    Unreachable,
    /// It answers too slowly.
    #[error("it took too long to answer")]
    TooSlow,
    /// It answers with too much.
    #[error("it answered with more than is read")]
    TooLarge,
}

/// Asks providers. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Outside(Arc<[OnceLock<Client>; 3]>);

impl Outside {
    /// To where requests about an issuer may go.
    pub fn within(&self, reach: Reach) -> Asking<'_> {
        Asking {
            outside: self,
            reach,
        }
    }

    /// The client that reaches no further. It is made when it is first needed: few portals need
    /// more than one.
    fn client(&self, reach: Reach) -> &Client {
        let place = match reach {
            Reach::Public => 0,
            Reach::Loopback => 1,
            Reach::Anywhere => 2,
        };
        self.0[place].get_or_init(|| {
            // The one that the database's connections use; the first who says so decides.
            rustls::crypto::ring::default_provider()
                .install_default()
                .ok();
            let built = Client::builder()
                .redirect(Policy::none())
                .no_proxy()
                .referer(false)
                .timeout(TIMEOUT)
                .dns_resolver(Arc::new(Within(reach)))
                .user_agent("cordon")
                .build();
            built.unwrap_or_else(|error| unreachable!("a client of fixed parts: {error}"))
        })
    }
}

/// Asks one issuer, and what it names.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    outside: &'a Outside,
    /// How far requests may go.
    pub reach: Reach,
}

impl Asking<'_> {
    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, Fault> {
        let (parts, body) = request.into_parts();
        let url = Url::parse(&parts.uri.to_string()).map_err(|_| Fault::NotAllowed)?;
        if !self.reach.admits(&url) {
            return Err(Fault::NotAllowed);
        }
        let sent = self.outside.client(self.reach).request(parts.method, url);
        let sent = sent.headers(parts.headers).body(body).send();
        let mut answer = sent.await.map_err(|error| fault(&error))?;
        let mut bytes = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| fault(&error))? {
            if bytes.len() + piece.len() > LARGEST {
                return Err(Fault::TooLarge);
            }
            bytes.extend_from_slice(&piece);
        }
        let mut whole = http::Response::new(bytes);
        *whole.status_mut() = answer.status();
        *whole.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(whole)
    }
}

impl<'c> AsyncHttpClient<'c> for Asking<'_> {
    type Error = Fault;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Fault>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}

/// Finds the addresses of names, and leaves out those that may not be asked. What is found is what
/// is connected to, so a name that changes its address in between gains nothing.
struct Within(Reach);

impl Resolve for Within {
    fn resolve(&self, name: Name) -> Resolving {
        let Self(reach) = *self;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found
                .filter(|address| reach.admits_address(address.ip()))
                .collect();
            if allowed.is_empty() {
                return Err(Fault::NotAllowed.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// What to say of a request that failed. Its cause may name hosts, and is for the log.
fn fault(error: &reqwest::Error) -> Fault {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(fault) = inner.downcast_ref::<Fault>() {
            return *fault;
        }
        cause = inner.source();
    }
    if error.is_timeout() {
        Fault::TooSlow
    } else {
        Fault::Unreachable
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };

    use super::*;

    /// Answers each connection with `answer`, and gives its address.
    async fn listener(answer: Vec<u8>) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let answer = answer.clone();
                tokio::spawn(async move {
                    let mut asked = [0; 1024];
                    if stream.read(&mut asked).await.is_ok_and(|read| read > 0) {
                        stream.write_all(&answer).await.ok();
                    }
                });
            }
        });
        address
    }

    async fn ask(reach: Reach, url: &str) -> Result<HttpResponse, Fault> {
        let request = http::Request::get(url).body(Vec::new()).expect("a request");
        Outside::default().within(reach).call(request).await
    }

    #[tokio::test]
    async fn nothing_inside_is_asked_however_it_is_named() {
        let here = listener(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec()).await;
        for url in [
            format!("http://{here}/"),
            format!("https://{here}/"),
            format!("https://localhost:{}/", here.port()),
            format!("https://[::ffff:127.0.0.1]:{}/", here.port()),
        ] {
            let refused = ask(Reach::Public, &url).await;
            assert_eq!(refused.map(|_| ()), Err(Fault::NotAllowed), "{url}");
        }
        let asked = ask(Reach::Loopback, &format!("http://{here}/")).await;
        assert_eq!(asked.expect("an answer").status(), 200);
        let asked = ask(
            Reach::Anywhere,
            &format!("http://localhost:{}/", here.port()),
        )
        .await;
        assert_eq!(asked.expect("an answer").status(), 200);
    }

    #[tokio::test]
    async fn answers_are_bounded_and_redirects_are_answers() {
        let long = [&b"HTTP/1.1 200 OK\r\n\r\n"[..], &vec![b'x'; LARGEST + 1]].concat();
        let here = listener(long).await;
        let asked = ask(Reach::Loopback, &format!("http://{here}/")).await;
        assert_eq!(asked.map(|_| ()), Err(Fault::TooLarge));
        let moved =
            b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
        let here = listener(moved.to_vec()).await;
        let asked = ask(Reach::Loopback, &format!("http://{here}/")).await;
        assert_eq!(asked.expect("an answer").status(), 302);
    }

    #[tokio::test]
    async fn without_a_certificate_there_is_no_answer() {
        let here = listener(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec()).await;
        let asked = ask(Reach::Loopback, &format!("https://{here}/")).await;
        assert_eq!(asked.map(|_| ()), Err(Fault::Unreachable));
    }
}
