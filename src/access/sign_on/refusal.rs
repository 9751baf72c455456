//! Why somebody does not come in: in words for them, and for the record.

use std::fmt;

/// Why somebody does not come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody was sent to the provider from this browser, or too long ago, or has come back already.
    NotBegunHere,
    /// They, or their provider, said no.
    Declined,
    /// The provider is not there, or what it says cannot be believed: what, for the record.
    Provider(String),
    /// The provider does not vouch for the e-mail address.
    Unverified,
    /// The address is of a domain that the department has not named.
    Domain,
    /// The address has an account that is not of this department.
    OtherAccount,
    /// They were removed from the department.
    Removed,
    /// Their account was shut out.
    ShutOut,
    /// Their account belongs to whom the provider knows by another subject.
    AnotherIdentity,
}

impl Refusal {
    /// A fault of the provider, in words for the record.
    pub fn provider(what: impl fmt::Display) -> Self {
        Self::Provider(what.to_string())
    }

    /// For the record of the department.
    pub fn recorded(&self) -> String {
        let why = match self {
            Self::NotBegunHere => "it was not begun in this browser, or is over",
            Self::Declined => "the provider said no",
            Self::Provider(what) => what,
            Self::Unverified => "the provider does not say that the e-mail address was verified",
            Self::Domain => "the e-mail address is of another domain",
            Self::OtherAccount => {
                "the e-mail address has an account that is not of this department"
            }
            Self::Removed => "somebody who was removed",
            Self::ShutOut => "an account that was shut out",
            Self::AnotherIdentity => "the account is linked to another subject of the provider",
        };
        format!("single sign-on: {why}")
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotBegunHere => {
                "this sign-on was not begun in this browser, was used already, or took more than ten \
                 minutes; begin again"
            }
            Self::Declined => "your department's provider did not sign you in; begin again, or ask there",
            Self::Provider(_) => {
                "your department's provider did not answer as it should, so nobody was signed in; try \
                 again, and tell a lead of your department if it stays so"
            }
            Self::Unverified => {
                "your department's provider does not say that your e-mail address is verified; whoever \
                 runs it can change that"
            }
            Self::Domain => {
                "your e-mail address at the provider is not one of those that your department lets in; a \
                 lead of it can change that"
            }
            Self::OtherAccount => {
                "your e-mail address has an account here that is not of this department, so it cannot \
                 sign on with it; sign in with your password"
            }
            Self::Removed => "you were removed from this department; a lead of it can let you in again",
            Self::ShutOut => "your account was shut out; ask whoever runs this portal",
            Self::AnotherIdentity => {
                "your account here is linked to somebody else at your department's provider; a lead of \
                 your department can have that forgotten"
            }
        })
    }
}
