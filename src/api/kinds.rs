//! The kinds of problems, as answers name them and the documentation describes them.

use axum::http::StatusCode;

/// A kind of problem.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// The status it comes with; each has one kind.
    pub status: u16,
    /// Its anchor on the page of documentation, after `problem-`.
    pub name: &'static str,
    /// In a few words.
    pub title: &'static str,
    /// What it means, and what a program does about it.
    pub means: &'static str,
}

/// All of them. What a library refuses with another status is the nearest of these.
pub const KINDS: &[Kind] = &[
    Kind {
        status: 400,
        name: "bad-request",
        title: "That could not be read",
        means: "The request itself is broken. Send it as its operation describes.",
    },
    Kind {
        status: 401,
        name: "unauthenticated",
        title: "No good key was sent",
        means: "Send a key, or a token that was given for one, as `Authorization: Bearer …`. A key may \
                have expired or been revoked; a token is good for 15 minutes and ends with its key.",
    },
    Kind {
        status: 403,
        name: "forbidden",
        title: "The key may not do this",
        means: "The key is good and lacks the scope that this takes. Use another, or have one issued.",
    },
    Kind {
        status: 404,
        name: "not-found",
        title: "There is no such thing",
        means: "It does not exist in your department. Whether it exists elsewhere makes no difference.",
    },
    Kind {
        status: 405,
        name: "method-not-allowed",
        title: "It cannot be used like that",
        means: "The path exists and does not take this method. The header `Allow` names those it takes.",
    },
    Kind {
        status: 406,
        name: "not-acceptable",
        title: "There is no such form of it",
        means: "`Accept` names no form that this comes in. Accept one that does, or leave the header out.",
    },
    Kind {
        status: 408,
        name: "timeout",
        title: "That took too long",
        means: "The request was given up after 30 seconds, and nothing was changed. Ask for less at once.",
    },
    Kind {
        status: 409,
        name: "conflict",
        title: "That contradicts what is there",
        means: "What was sent cannot be reconciled with what is stored. The detail says with what.",
    },
    Kind {
        status: 413,
        name: "too-large",
        title: "That is too large",
        means: "Send less of it at once.",
    },
    Kind {
        status: 415,
        name: "unsupported-media-type",
        title: "That form is not read here",
        means: "Send the body in a form that the operation names, and say which in `Content-Type`.",
    },
    Kind {
        status: 422,
        name: "invalid",
        title: "That cannot be understood",
        means: "A parameter or a value is not what it should be. The detail names it, and says what it \
                takes.",
    },
    Kind {
        status: 429,
        name: "too-many-requests",
        title: "That is too often",
        means: "Wait for as many seconds as `Retry-After` says. `RateLimit` says on every answer how many \
                requests are left. Where the detail speaks of the month's budget, it is runs that are \
                refused until the month ends, and nothing else.",
    },
    Kind {
        status: 500,
        name: "internal",
        title: "Something went wrong on our side",
        means: "Our fault, and our log has its cause. If it stays, tell us its `instance`.",
    },
    Kind {
        status: 503,
        name: "busy",
        title: "The portal is busy",
        means: "Wait for as many seconds as `Retry-After` says, and ask again.",
    },
];

impl Kind {
    /// The kind that comes with a status.
    pub fn of(status: StatusCode) -> &'static Self {
        let exact = KINDS.iter().find(|kind| kind.status == status.as_u16());
        let fault = if status.is_server_error() { 500 } else { 400 };
        exact
            .or_else(|| KINDS.iter().find(|kind| kind.status == fault))
            .unwrap_or(&KINDS[0])
    }

    /// Where the page of documentation describes it.
    pub fn uri(&self) -> String {
        format!("/api/docs#problem-{}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_is_of_one_kind() {
        for kind in KINDS {
            let status = StatusCode::from_u16(kind.status).unwrap_or_default();
            assert_eq!(Kind::of(status).name, kind.name);
        }
        assert_eq!(Kind::of(StatusCode::IM_A_TEAPOT).name, "bad-request");
        assert_eq!(Kind::of(StatusCode::GATEWAY_TIMEOUT).name, "internal");
    }
}
