//! At which issuers departments may sign on, and where what an issuer names may be asked.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use openidconnect::url::{Host, Url};

use crate::{Error, Result};

/// `CORDON_ISSUERS`: how the issuers begin that departments may sign on at. Unset: any, over TLS
/// and on the public internet.
#[derive(Clone, Debug, Default)]
pub struct Issuers {
    allowed: Option<Vec<Url>>,
}

/// Where requests about one issuer may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// To public addresses, over TLS: whoever names an issuer does not look around in the network
    /// that the portal is in.
    Public,
    /// To this machine: a demonstration.
    Loopback,
    /// Wherever it is, since whoever runs the portal named it.
    Anywhere,
}

impl Issuers {
    /// Reads a list, separated by commas.
    ///
    /// # Errors
    /// Names what is no beginning of an issuer.
    pub fn parse(list: Option<String>) -> Result<Self> {
        let one = |text: &str| {
            let wrong = || {
                Error::Setup(format!(
                    "CORDON_ISSUERS should be addresses that issuers begin with, such as \
                     https://login.alder.example/, separated by commas, and has `{text}`"
                ))
            };
            let url = Url::parse(text).map_err(|_| wrong())?;
            let plain = url.query().is_none() && url.fragment().is_none() && is_plain(&url);
            let secure = url.scheme() == "https" || is_http_here(&url);
            if plain && secure {
                Ok(url)
            } else {
                Err(wrong())
            }
        };
        let allowed = list.map(|list| list.split(',').map(|text| one(text.trim())).collect());
        Ok(Self {
            allowed: allowed.transpose()?,
        })
    }

    /// Where requests about this issuer may go, if departments may sign on there at all. At a
    /// demonstration that may be this machine.
    ///
    /// # Errors
    /// What is wrong with it, for whoever typed it.
    pub fn reach(&self, issuer: &str, demo: bool) -> Result<Reach> {
        let wrong = |words: &str| Err(Error::Invalid(words.to_owned()));
        let Ok(url) = Url::parse(issuer) else {
            return wrong("an issuer is an address, such as https://login.alder.example");
        };
        if url.query().is_some() || url.fragment().is_some() || !is_plain(&url) {
            return wrong("an issuer's address has no ?, no # and no name before the host");
        }
        if demo && is_http_here(&url) {
            return Ok(Reach::Loopback);
        }
        match &self.allowed {
            Some(allowed) if allowed.iter().any(|start| begins(&url, start)) => Ok(Reach::Anywhere),
            Some(_) => wrong(
                "whoever runs this portal has not allowed that issuer; ask them to, or correct it",
            ),
            None if url.scheme() == "https" => Ok(Reach::Public),
            None => wrong("an issuer's address begins with https://"),
        }
    }
}

impl Reach {
    /// Whether a request may go there. Names are looked at again when they are resolved.
    pub fn admits(self, url: &Url) -> bool {
        let secure = match self {
            Self::Public => url.scheme() == "https",
            Self::Loopback | Self::Anywhere => url.scheme() == "https" || is_http_here(url),
        };
        let there = match url.host() {
            Some(Host::Ipv4(address)) => self.admits_address(address.into()),
            Some(Host::Ipv6(address)) => self.admits_address(address.into()),
            Some(Host::Domain(_)) => true,
            None => false,
        };
        secure && there && is_plain(url)
    }

    /// Whether a request may go to this address.
    pub fn admits_address(self, address: IpAddr) -> bool {
        match self {
            Self::Public => is_public(address),
            Self::Loopback => address.to_canonical().is_loopback(),
            Self::Anywhere => true,
        }
    }
}

/// Without a name or a password before the host.
fn is_plain(url: &Url) -> bool {
    url.has_host() && url.username().is_empty() && url.password().is_none()
}

/// On this machine, where nobody listens in.
fn is_http_here(url: &Url) -> bool {
    let here = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() == "http" && here
}

/// Whether an address begins so: the same host, and whole parts of the path.
fn begins(url: &Url, start: &Url) -> bool {
    let path = start.path().trim_end_matches('/');
    let rest = url.path().strip_prefix(path);
    url.origin() == start.origin()
        && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether an address is one of the public internet (IANA's special-purpose registries).
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let benchmarks = a == 198 && (b == 18 || b == 19);
    let protocols = a == 192 && b == 0 && c == 0;
    let relays = a == 192 && b == 88 && c == 99;
    !(a == 0
        || a >= 224
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || shared
        || benchmarks
        || protocols
        || relays)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    // What is routed, without documentation, and without what holds an IPv4 address (6to4, Teredo).
    (0x2000..0x4000).contains(&a)
        && a != 0x2002
        && !(a == 0x2001 && (b < 0x200 || b == 0x0db8))
        && a != 0x3fff
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(list: &str) -> Issuers {
        Issuers::parse(Some(list.to_owned())).expect("a list")
    }

    #[test]
    fn without_a_list_an_issuer_is_any_over_tls_and_on_the_public_internet() {
        let any = Issuers::default();
        let good = any.reach("https://login.alder.example/tenant/v2.0", false);
        assert!(matches!(good, Ok(Reach::Public)));
        for bad in [
            "",
            "alder",
            "http://login.alder.example",
            "http://127.0.0.1:9000",
            "ftp://login.alder.example",
            "https://user@login.alder.example",
            "https://login.alder.example/?x",
            "https://login.alder.example/#x",
            "javascript:alert(1)",
        ] {
            assert!(any.reach(bad, false).is_err(), "{bad}");
        }
        let here = any.reach("http://127.0.0.1:9000", true);
        assert!(matches!(here, Ok(Reach::Loopback)));
        assert!(any.reach("http://10.0.0.1:9000", true).is_err());
    }

    #[test]
    fn a_list_allows_what_begins_so_and_nothing_that_looks_like_it() {
        let some = allowed("https://login.alder.example/realms/, http://127.0.0.1:9000");
        for good in [
            "https://login.alder.example/realms/health",
            "https://login.alder.example/realms",
            "http://127.0.0.1:9000",
            "http://127.0.0.1:9000/birch",
        ] {
            assert!(
                matches!(some.reach(good, false), Ok(Reach::Anywhere)),
                "{good}"
            );
        }
        for bad in [
            "https://login.alder.example",
            "https://login.alder.example/realms2/health",
            "https://login.alder.example.evil/realms/health",
            "https://login.alder.example:444/realms/health",
            "http://login.alder.example/realms/health",
            "http://127.0.0.1:9001",
        ] {
            assert!(some.reach(bad, false).is_err(), "{bad}");
        }
        for bad in ["login.alder.example", "http://login.alder.example", ""] {
            assert!(Issuers::parse(Some(bad.to_owned())).is_err(), "{bad}");
        }
    }

    #[test]
    fn whoever_names_an_issuer_does_not_look_around_in_the_network_of_the_portal() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "::1",
            "::",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "fe80::1",
            "fc00::1",
            "2001:db8::1",
        ] {
            let address: IpAddr = inside.parse().expect("an address");
            assert!(!Reach::Public.admits_address(address), "{inside}");
            let host = match address {
                IpAddr::V4(_) => inside.to_owned(),
                IpAddr::V6(_) => format!("[{inside}]"),
            };
            let url = Url::parse(&format!("https://{host}/")).expect("an address");
            assert!(!Reach::Public.admits(&url), "{url}");
        }
        for outside in ["192.0.3.1", "8.8.8.8", "2606:4700::1", "2a00:1450::1"] {
            assert!(
                Reach::Public.admits_address(outside.parse().expect("an address")),
                "{outside}"
            );
        }
        // However it is written.
        for written in [
            "https://2130706433/",
            "https://0x7f.1/",
            "https://127.1/",
            "http://8.8.8.8/",
        ] {
            assert!(
                !Reach::Public.admits(&Url::parse(written).expect("an address")),
                "{written}"
            );
        }
    }
}
