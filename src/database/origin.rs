//! From where work in the database was asked for.

use std::{fmt, net::IpAddr};

/// From where a transaction's work was asked for; the audit says so of what was done in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// By the portal itself, on time.
    Portal,
    /// By `cordon`, typed on the machine it runs on.
    CommandLine,
    /// By a browser or a program at this address.
    Address(IpAddr),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Portal => f.write_str("the portal"),
            Self::CommandLine => f.write_str("command line"),
            Self::Address(address) => address.fmt(f),
        }
    }
}
