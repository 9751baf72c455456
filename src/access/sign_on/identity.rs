//! Whom a provider says that it has before it.

use serde_json::{Map, Value};

use super::{
    department::Department,
    protocol::{IdClaims, UserInfo},
    refusal::Refusal,
};
use crate::access::user::check_email;

/// Ways to have authenticated (RFC 8176) that are more than a password.
const SECOND_FACTORS: [&str; 3] = ["mfa", "otp", "hwk"];

/// Of a longer name, so many characters are kept.
const LONGEST_NAME: usize = 200;

/// Whom a provider says that it has before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// By which the provider always means the same person.
    pub subject: String,
    /// Their address, which the provider vouches for; lower case.
    pub email: String,
    /// Their name.
    pub name: String,
    /// Whether they lead, if the provider says so.
    pub leads: Option<bool>,
    /// Whether they showed the provider more than a password.
    pub second_factor: bool,
}

impl Identity {
    /// By what the ID token says and, where that is silent, by what the page on people does.
    ///
    /// # Errors
    /// Where the provider does not vouch for an address that the department lets in.
    pub fn of(
        department: &Department,
        claims: &IdClaims,
        info: Option<&UserInfo>,
    ) -> Result<Self, Refusal> {
        // The address and that it was verified are of one piece.
        let (email, verified) = match claims.email() {
            Some(email) => (Some(email), claims.email_verified()),
            None => (
                info.and_then(|info| info.email()),
                info.and_then(|info| info.email_verified()),
            ),
        };
        let email = email.map(|email| email.trim().to_lowercase());
        let email = email
            .filter(|_| verified == Some(true))
            .ok_or(Refusal::Unverified)?;
        check_email(&email).map_err(|_| Refusal::Unverified)?;
        let of = email.rsplit('@').next().unwrap_or_default();
        if !department.domains.iter().any(|domain| domain == of) {
            return Err(Refusal::Domain);
        }
        let told = claims.name().or_else(|| info.and_then(|info| info.name()));
        let told = told
            .and_then(|name| name.get(None))
            .map(|name| name.as_str());
        let told = told.map(str::trim).filter(|name| !name.is_empty());
        let name: String = told
            .or(email.split('@').next())
            .unwrap_or_default()
            .chars()
            .filter(|c| !c.is_control())
            .take(LONGEST_NAME)
            .collect();
        let role = &department.role;
        let leads = match (&role.role_claim, &role.lead_value) {
            (Some(claim), Some(lead)) => {
                let info = info.map(|info| &info.additional_claims().all);
                let value = claim_of(&claims.additional_claims().all, claim)
                    .or_else(|| info.and_then(|all| claim_of(all, claim)));
                Some(value.is_some_and(|value| says(value, lead)))
            }
            _ => None,
        };
        let shown = claims
            .auth_method_refs()
            .map(Vec::as_slice)
            .unwrap_or_default();
        Ok(Self {
            subject: claims.subject().as_str().to_owned(),
            second_factor: shown
                .iter()
                .any(|way| SECOND_FACTORS.contains(&way.as_str())),
            name: name.trim().to_owned(),
            email,
            leads,
        })
    }
}

/// A claim by its name, or by the names of what it is in, as in `realm_access.roles`.
pub fn claim_of<'a>(all: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    all.get(name).or_else(|| {
        let (first, rest) = name.split_once('.')?;
        claim_of(all.get(first)?.as_object()?, rest)
    })
}

/// Whether a claim has this value, or has it among others.
fn says(claim: &Value, value: &str) -> bool {
    match claim {
        Value::String(text) => text == value,
        Value::Bool(yes) => yes.to_string() == value,
        Value::Number(number) => number.to_string() == value,
        Value::Array(several) => several.iter().any(|one| says(one, value)),
        Value::Null | Value::Object(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_claim_says_who_leads_alone_or_among_others_and_wherever_it_is() {
        let claims = json!({
            "role": "lead",
            "groups": ["epi", "leads"],
            "realm_access": { "roles": ["lead"] },
            "https://alder.example/role": "lead",
            "is_lead": true,
        });
        let all = claims.as_object().expect("claims");
        let leads =
            |name: &str, value: &str| claim_of(all, name).is_some_and(|claim| says(claim, value));
        for (name, value) in [
            ("role", "lead"),
            ("groups", "leads"),
            ("realm_access.roles", "lead"),
            ("https://alder.example/role", "lead"),
            ("is_lead", "true"),
        ] {
            assert!(leads(name, value), "{name}");
            assert!(!leads(name, "lea"), "{name}");
        }
        for none in [
            "",
            ".",
            "realm_access",
            "realm_access.",
            "role.x",
            "nothing",
        ] {
            assert!(!leads(none, "lead"), "{none}");
        }
    }
}
