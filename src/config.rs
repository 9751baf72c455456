//! What the environment says, read once when the process starts.

use std::{
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    path::PathBuf,
    time::Duration,
};

use chrono::Months;

use crate::{Error, Result, post::Post};

/// At which issuers departments may sign on.
pub mod issuers;

use issuers::Issuers;

/// Everything that may differ between one installation and the next.
#[derive(Clone, Debug)]
pub struct Config {
    /// `DATABASE_URL`: the owner's connection to a PostgreSQL server of your own. Unset: an
    /// embedded server under [`data_dir`](Self::data_dir).
    pub database_url: Option<String>,
    /// `CORDON_DATA_DIR`, default `data`: the embedded PostgreSQL and the secret.
    pub data_dir: PathBuf,
    /// `CORDON_SECRET`: from which the hats' passwords are derived. Unset: a random one,
    /// kept in [`data_dir`](Self::data_dir).
    pub secret: Option<String>,
    /// `CORDON_ADDR`, default `127.0.0.1:3000`.
    pub addr: SocketAddr,
    /// `CORDON_ORIGIN`, default `http://` and the address: where browsers find the portal.
    /// With `https` the session cookie is `__Host-` and secure, and HSTS is sent.
    pub origin: String,
    /// `CORDON_PROXIES`: addresses of reverse proxies, separated by commas, whose
    /// `X-Forwarded-For` is believed. Unset: nobody's.
    pub proxies: Vec<IpAddr>,
    /// `CORDON_SITE_DIR`, default `target/site`: stylesheet and WebAssembly.
    pub site_dir: PathBuf,
    /// True with `serve --demo`: every page says that the data is simulated.
    pub demo: bool,
    /// `CORDON_DEMO_PASSWORD`: the demo people's password. Unset: one derived from the secret.
    pub demo_password: Option<String>,
    /// `CORDON_POOL_SIZE`, default 8: connections for requests of departments. The other
    /// hats get half of it.
    pub pool_size: u32,
    /// The largest file that is taken, in bytes.
    pub largest_upload: u64,
    /// How long a browser may do nothing and stay signed in (`CORDON_SESSION_IDLE_MINUTES`,
    /// default 60), and how long at most (`CORDON_SESSION_HOURS`, default 12).
    pub session: SessionLife,
    /// `CORDON_RUNS_HOUR`, default 3: the hour, as UTC counts it, from which on departments with
    /// something new since their last run of the model get one.
    pub runs_hour: u32,
    /// `CORDON_USAGE_MONTHS`, default 24: for how many months usage events of closed months are
    /// kept. Statements and counts by day stay.
    pub usage_months: Months,
    /// `CORDON_SMALLEST_COUNT`, default 11: the smallest count that leaves a department; smaller
    /// ones but zero are hidden.
    pub smallest_count: u32,
    /// `CORDON_API_RATE`, default 600: requests a minute that each key may send.
    pub api_rate: NonZeroU32,
    /// `CORDON_SMTP` and `CORDON_SMTP_FROM`: through which server invitations are sent, and from
    /// whom. Unset: they are links to hand over.
    pub post: Option<Post>,
    /// `CORDON_ISSUERS`: at which issuers departments may sign on. Unset: at any on the public
    /// internet.
    pub issuers: Issuers,
}

/// As the Centers for Medicare & Medicaid Services ask: no cell of 1 to 10 is shown.
const SMALLEST_COUNT: u32 = 11;

/// The smallest threshold that hides something.
const LEAST_THAT_HIDES: u32 = 3;

/// Ten a second: a script that reads page after page stays below it.
const API_RATE: NonZeroU32 = NonZeroU32::new(600).expect("not zero");

/// When a session ends by itself.
#[derive(Clone, Copy, Debug)]
pub struct SessionLife {
    /// Without any request.
    pub idle: Duration,
    /// In any case.
    pub absolute: Duration,
}

impl Config {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// Names the variable that is wrong, and what it should look like.
    pub fn from_env() -> Result<Self> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// Reads variables from `lookup`; an empty value counts as unset.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let text = |name: &str| lookup(name).filter(|value| !value.trim().is_empty());
        let addr: SocketAddr = parsed(
            "CORDON_ADDR",
            text("CORDON_ADDR"),
            "an address and a port, such as 127.0.0.1:3000",
        )?
        .unwrap_or(SocketAddr::from(([127, 0, 0, 1], 3000)));
        let origin = text("CORDON_ORIGIN").unwrap_or_else(|| format!("http://{addr}"));
        if !(origin.starts_with("http://") || origin.starts_with("https://"))
            || origin.matches('/').count() != 2
        {
            return Err(Error::Setup(
                "CORDON_ORIGIN is scheme and host alone, such as https://cases.example".into(),
            ));
        }
        let minutes = parsed(
            "CORDON_SESSION_IDLE_MINUTES",
            text("CORDON_SESSION_IDLE_MINUTES"),
            "a number of minutes",
        )?;
        let hours = parsed(
            "CORDON_SESSION_HOURS",
            text("CORDON_SESSION_HOURS"),
            "a number of hours",
        )?;
        let pool_size = parsed(
            "CORDON_POOL_SIZE",
            text("CORDON_POOL_SIZE"),
            "a number of connections",
        )?;
        let megabytes = parsed(
            "CORDON_UPLOAD_MB",
            text("CORDON_UPLOAD_MB"),
            "a number of megabytes",
        )?;
        let api_rate = parsed(
            "CORDON_API_RATE",
            text("CORDON_API_RATE"),
            "a number of requests a minute, 1 or more",
        )?;
        let smallest_count = parsed(
            "CORDON_SMALLEST_COUNT",
            text("CORDON_SMALLEST_COUNT"),
            "a count, 3 or more",
        )?;
        if smallest_count.is_some_and(|count| count < LEAST_THAT_HIDES) {
            return Err(Error::Setup(format!(
                "CORDON_SMALLEST_COUNT should be {LEAST_THAT_HIDES} or more: of what is hidden below that, \
                 everybody knows that it is 1"
            )));
        }
        let runs_hour = parsed(
            "CORDON_RUNS_HOUR",
            text("CORDON_RUNS_HOUR"),
            "an hour of the day, from 0 to 23",
        )?;
        let usage_months = parsed(
            "CORDON_USAGE_MONTHS",
            text("CORDON_USAGE_MONTHS"),
            "a number of months",
        )?;
        Ok(Self {
            database_url: text("DATABASE_URL"),
            data_dir: text("CORDON_DATA_DIR").map_or_else(|| PathBuf::from("data"), PathBuf::from),
            secret: text("CORDON_SECRET"),
            addr,
            origin,
            proxies: proxies(text("CORDON_PROXIES"))?,
            site_dir: text("CORDON_SITE_DIR")
                .map_or_else(|| PathBuf::from("target/site"), PathBuf::from),
            demo: false,
            demo_password: text("CORDON_DEMO_PASSWORD"),
            pool_size: u32::clamp(pool_size.unwrap_or(8), 2, 200),
            largest_upload: 1_000_000 * u64::clamp(megabytes.unwrap_or(50), 1, 10_000),
            smallest_count: smallest_count.unwrap_or(SMALLEST_COUNT),
            api_rate: api_rate.unwrap_or(API_RATE),
            issuers: Issuers::parse(text("CORDON_ISSUERS"))?,
            usage_months: Months::new(u32::clamp(usage_months.unwrap_or(24), 1, 1200)),
            runs_hour: u32::clamp(runs_hour.unwrap_or(3), 0, 23),
            post: Post::of(
                text("CORDON_SMTP").as_deref(),
                text("CORDON_SMTP_FROM").as_deref(),
            )?,
            session: SessionLife {
                idle: Duration::from_secs(60 * u64::clamp(minutes.unwrap_or(60), 1, 1440)),
                absolute: Duration::from_secs(3600 * u64::clamp(hours.unwrap_or(12), 1, 168)),
            },
        })
    }

    /// True where browsers come over TLS.
    pub fn is_tls(&self) -> bool {
        self.origin.starts_with("https://")
    }
}

fn proxies(value: Option<String>) -> Result<Vec<IpAddr>> {
    let wrong = |text: &str| {
        Error::Setup(format!(
            "CORDON_PROXIES should be addresses, separated by commas, and has `{text}`"
        ))
    };
    value
        .iter()
        .flat_map(|list| list.split(','))
        .map(|text| text.trim().parse().map_err(|_| wrong(text.trim())))
        .collect()
}

fn parsed<T: std::str::FromStr>(
    name: &str,
    value: Option<String>,
    form: &str,
) -> Result<Option<T>> {
    value
        .map(|text| {
            text.trim()
                .parse()
                .map_err(|_| Error::Setup(format!("{name} should be {form}, and is `{text}`")))
        })
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_environment_is_the_demo_on_loopback() -> Result<()> {
        let config = Config::from_lookup(|_| None)?;
        assert_eq!(config.addr.to_string(), "127.0.0.1:3000");
        assert_eq!(config.origin, "http://127.0.0.1:3000");
        assert!(config.database_url.is_none() && !config.is_tls());
        Ok(())
    }

    #[test]
    fn a_wrong_variable_is_named() {
        let config = Config::from_lookup(|name| (name == "CORDON_ADDR").then(|| "here".to_owned()));
        assert!(config.is_err_and(|error| error.to_string().contains("CORDON_ADDR")));
    }

    #[test]
    fn an_origin_with_a_path_is_refused() {
        let config = Config::from_lookup(|name| {
            (name == "CORDON_ORIGIN").then(|| "https://a.example/x".to_owned())
        });
        assert!(config.is_err_and(|error| error.to_string().contains("CORDON_ORIGIN")));
    }
}
