//! What every request shares.

use std::sync::Arc;

use axum::extract::FromRef;

use crate::{
    Config, Result,
    access::{
        Bearers, device::Devices, passkey::Passkeys, password::Passwords, second_factor::Seal,
        sign_on::SignOn, throttle::Throttle,
    },
    billing::{Meter, standings::Standings, under_way},
    clock::Clock,
    database::Pools,
    secret::Secret,
    site::Site,
    surveillance::{
        completeness::Memo,
        uploads::{repeat::UnderWay, work::Work},
    },
};

/// What every request shares. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// A pool for each hat.
    pub pools: Pools,
    /// What the environment said.
    pub config: Arc<Config>,
    /// What time it is.
    pub clock: Clock,
    /// Hashes and verifies passwords, a few at a time.
    pub passwords: Passwords,
    /// How often anybody may try to sign in.
    pub throttle: Throttle,
    /// Browsers in which somebody signed in before.
    pub devices: Devices,
    /// Asks for passkeys.
    pub passkeys: Passkeys,
    /// Seals what authenticator apps share with us.
    pub seal: Seal,
    /// Signs people on at their departments' own providers.
    pub sign_on: SignOn,
    /// What is being read and stored just now.
    pub work: Work,
    /// What programs send just now.
    pub under_way: UnderWay,
    /// Lets programs in.
    pub bearers: Bearers,
    /// Writes down what requests used.
    pub meter: Meter,
    /// The month that is being closed.
    pub closing: under_way::UnderWay,
    /// Where departments with a budget stand.
    pub standings: Standings,
    /// The stylesheet and the islands, by their hashed names.
    pub site: Arc<Site>,
    /// What was learnt of how complete young counts are.
    pub completeness: Memo,
}

impl App {
    /// Puts the parts together. Half of the processors may hash passwords; the others serve
    /// pages.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    ///
    /// # Panics
    /// Outside a tokio runtime, in which the meter works.
    pub fn new(
        config: Config,
        secret: &Secret,
        pools: Pools,
        clock: Clock,
        site: Site,
    ) -> Result<Self> {
        let meter = Meter::start(pools.clone(), clock.clone());
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Ok(Self {
            pools,
            under_way: UnderWay::default(),
            bearers: Bearers::new(secret, &config.origin, config.api_rate),
            passkeys: Passkeys::of(&config.origin, secret),
            config: Arc::new(config),
            clock,
            passwords: Passwords::new(processors / 2)?,
            throttle: Throttle::default(),
            devices: Devices::of(secret),
            seal: Seal::of(secret),
            sign_on: SignOn::of(secret),
            work: Work::default(),
            meter,
            closing: under_way::UnderWay::default(),
            standings: Standings::default(),
            site: Arc::new(site),
            completeness: Memo::default(),
        })
    }
}

impl FromRef<App> for Pools {
    fn from_ref(app: &App) -> Self {
        app.pools.clone()
    }
}

impl FromRef<App> for Arc<Config> {
    fn from_ref(app: &App) -> Self {
        app.config.clone()
    }
}

impl FromRef<App> for Bearers {
    fn from_ref(app: &App) -> Self {
        app.bearers.clone()
    }
}

impl FromRef<App> for Clock {
    fn from_ref(app: &App) -> Self {
        app.clock.clone()
    }
}
