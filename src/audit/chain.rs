//! The chain that audit lines are linked into, for a department or for the platform.
//!
//! Each line's hash takes in the hash of the line before it, so that whoever has the lines can
//! see, without the database, that none was changed, taken out, put in or moved. The same is
//! reckoned in `app.audit_hash` of the schema, when a line is written.

use std::fmt;

use chrono::SecondsFormat;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    clock::Now,
    secret::{hex, sha256},
};

/// A line of the audit, with its place in its chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Line {
    /// The department's id; empty for the platform's own chain.
    pub chain: String,
    /// Its place, from 1 on; none where the database has no link for it.
    pub seq: Option<i64>,
    /// Its id.
    pub audit_id: Uuid,
    /// When it was done.
    pub occurred_at: Now,
    /// Who did it.
    pub actor: String,
    /// From where.
    pub origin: String,
    /// What, as `noun.verb`.
    pub action: String,
    /// To whom or what.
    pub subject: String,
    /// `done` or `refused`.
    pub outcome: String,
    /// SHA-256 over the hash of the line before it and all of the above, in hexadecimal.
    pub hash: Option<String>,
}

/// How far a chain has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The number of lines.
    pub seq: i64,
    /// The hash of the last.
    pub hash: [u8; 32],
}

/// The first place at which a chain does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    /// Whose chain.
    pub chain: String,
    /// Which line, from 1 on.
    pub seq: i64,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not there.
    Missing,
    /// It says something else than when it was written, or is not the one that was there.
    Changed,
    /// It was never linked, so it was not written the way the portal writes.
    Unlinked,
    /// It is there more than once.
    Repeated,
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { chain, seq, fault } = self;
        let whose = match chain.as_str() {
            "" => "the platform's record".to_owned(),
            tenant => format!("the record of {tenant}"),
        };
        match fault {
            Fault::Missing => write!(f, "line {seq} of {whose} is missing"),
            Fault::Changed => write!(f, "line {seq} of {whose} is not what was written"),
            Fault::Unlinked => write!(
                f,
                "after line {seq} of {whose} there is a line that was never linked"
            ),
            Fault::Repeated => write!(f, "line {seq} of {whose} is there more than once"),
        }
    }
}

impl Line {
    /// The hash of this line behind one whose hash is `before`.
    fn hash_after(&self, seq: i64, before: &[u8; 32]) -> [u8; 32] {
        let fields = [
            &seq.to_string(),
            &self.chain,
            &self.audit_id.to_string(),
            &self
                .occurred_at
                .to_rfc3339_opts(SecondsFormat::Micros, true),
            &self.actor,
            &self.origin,
            &self.action,
            &self.subject,
            &self.outcome,
        ];
        let mut hasher = Sha256::new_with_prefix(before);
        for field in fields {
            hasher.update(format!("{}:{field},", field.len()));
        }
        hasher.finalize().into()
    }
}

/// What stands before the first line of a chain.
fn beginning(chain: &str) -> End {
    End {
        seq: 0,
        hash: sha256(chain.as_bytes()),
    }
}

/// Follows one chain from its first line, whatever order the lines come in, and gives each line's
/// hash by its place.
///
/// # Errors
/// The first place at which it does not hold.
pub fn follow(chain: &str, lines: &[Line]) -> Result<Vec<End>, Break> {
    let broken = |seq, fault| Break {
        chain: chain.to_owned(),
        seq,
        fault,
    };
    let mut lines: Vec<&Line> = lines.iter().filter(|line| line.chain == chain).collect();
    // What was never linked comes last.
    lines.sort_by_key(|line| line.seq.unwrap_or(i64::MAX));
    let mut ends = vec![beginning(chain)];
    for line in lines {
        let last = ends
            .last()
            .unwrap_or_else(|| unreachable!("it begins with one"));
        let expected = last.seq + 1;
        let Some(seq) = line.seq else {
            return Err(broken(last.seq, Fault::Unlinked));
        };
        if seq == last.seq {
            return Err(broken(seq, Fault::Repeated));
        }
        if seq != expected {
            return Err(broken(expected, Fault::Missing));
        }
        let hash = line.hash_after(seq, &last.hash);
        if line.hash.as_deref() != Some(&*hex(&hash)) {
            return Err(broken(seq, Fault::Changed));
        }
        ends.push(End { seq, hash });
    }
    Ok(ends)
}

#[cfg(test)]
mod tests;
