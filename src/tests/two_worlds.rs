//! What a department is told does not depend on what others do: the same script in two worlds, and
//! not a byte differs.
//!
//! What is random or measures time in either world is taken out first: nonces, ids, keys, and how
//! long things took.

use std::sync::OnceLock;

use axum::http::header;
use proptest::prelude::*;

use super::portal::{Answer, Browser, TestPortal};
use crate::{access::user::NewRole, tenancy::TenantId};

/// What birch does while alder works.
#[derive(Clone, Debug)]
struct World {
    /// Whether it is there at all, and before alder.
    there: bool,
    first: bool,
    /// What it reports, by day.
    new_cases: Vec<i32>,
    notes: usize,
    keys: usize,
    colleagues: usize,
    /// Whether somebody tries its people's passwords.
    guessed: bool,
}

impl World {
    const EMPTY: Self = Self {
        there: false,
        first: false,
        new_cases: Vec::new(),
        notes: 0,
        keys: 0,
        colleagues: 0,
        guessed: false,
    };

    async fn begins(&self, portal: &TestPortal) {
        if self.there {
            portal.onboard("birch").await;
        }
    }

    /// A part of all that it does, `step` of four.
    async fn goes_on(&self, portal: &TestPortal, step: usize) {
        if !self.there {
            return;
        }
        let birch = TenantId::parse("birch").expect("an id");
        let department = portal.known("birch");
        if step == 1 && !self.new_cases.is_empty() {
            // The very place that alder has, and one that it has not.
            department
                .reports("north", "2026-03-01", &self.new_cases)
                .await;
            department
                .reports("elsewhere", "2026-03-01", &self.new_cases)
                .await;
        }
        for number in (0..self.notes).filter(|number| number % 4 == step) {
            let text = format!("birch's note {number}");
            department
                .notes("2026-03-02", &text, None, number % 2 == 0)
                .await;
        }
        for _ in (0..self.keys).filter(|number| number % 4 == step) {
            portal.issue("birch", crate::access::Scopes::all()).await;
        }
        for number in (0..self.colleagues).filter(|number| number % 4 == step) {
            let email = format!("colleague{number}@birch.example");
            portal
                .add_person(&email, NewRole::Lead(birch.clone()))
                .await;
            portal.signed_in(&email).await.get("/").await;
        }
        if self.guessed && step == 2 {
            for _ in 0..3 {
                let fields = [("email", "epi@birch.example"), ("password", "wrong")];
                portal.browser().post("/login", &fields).await;
            }
        }
    }
}

/// What came back, without what differs by chance.
fn told(path: &str, answer: &Answer) -> String {
    let mut head: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| *name != header::DATE && *name != "ratelimit")
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    head.sort();
    let policy = answer.header("content-security-policy");
    let nonce = policy
        .split("'nonce-")
        .nth(1)
        .and_then(|rest| rest.split('\'').next());
    let mut text = format!(
        "{path} {}\n{}\n\n{}",
        answer.status,
        head.join("\n"),
        answer.text
    );
    if let Some(nonce) = nonce {
        text = text.replace(nonce, "#");
    }
    text.split_inclusive(|c: char| !(c.is_ascii_alphanumeric() || "_-".contains(c)))
        .map(|piece| {
            let (word, end) = match piece.char_indices().last() {
                Some((at, last)) if !(last.is_ascii_alphanumeric() || "_-".contains(last)) => {
                    piece.split_at(at)
                }
                _ => (piece, ""),
            };
            let random = word.starts_with("cordon_")
                || (word.len() >= 16 && word.contains(|c: char| c.is_ascii_digit()));
            format!("{}{end}", if random { "#" } else { word })
        })
        .collect()
}

/// Alder's script, and all that it is told.
async fn script(world: &World) -> Vec<String> {
    let portal = TestPortal::start().await;
    if world.first {
        world.begins(&portal).await;
    }
    let alder = portal.onboard("alder").await;
    let key = alder.key.clone();
    if !world.first {
        world.begins(&portal).await;
    }
    world.goes_on(&portal, 0).await;
    alder
        .reports("north", "2026-03-01", &[3, 1, 4, 1, 5, 9, 2, 6])
        .await;
    world.goes_on(&portal, 1).await;
    let mut epi = alder.epidemiologist().await;
    let mut all = Vec::new();
    let pages = [
        "/",
        "/?location=north&step=week",
        "/?location=elsewhere",
        "/forecast",
        "/data",
        "/data/uploads/1",
        "/data/uploads/2",
        "/data/revisions",
        "/data/revisions?date=2026-03-02",
        "/data/annotations",
        "/data/quality",
        "/data/export",
        "/data/share",
        "/data/export/file",
        "/data/daily.csv",
        "/charts/daily.svg",
        "/keys",
        "/people",
        "/audit",
        "/audit?q=birch",
        "/account",
        "/forecast/parameters",
        "/nowhere",
        "/admin",
    ];
    let programs = [
        "/api/v1/observations",
        "/api/v1/observations?location=elsewhere",
        "/api/v1/locations",
        "/api/v1/forecasts",
        "/api/v1/runs/0195f3c2-0000-7000-8000-000000000001",
    ];
    for step in 2..4 {
        for path in pages {
            all.push(told(path, &epi.get(path).await));
        }
        for path in programs {
            let answer = portal.browser().get_with_key(path, &key).await;
            all.push(told(path, &answer));
        }
        world.goes_on(&portal, step).await;
        all.push(told("a note", &note(&mut epi, step).await));
        let wrong = [("email", "epi@alder.example"), ("password", "wrong")];
        all.push(told(
            "a wrong password",
            &portal.browser().post("/login", &wrong).await,
        ));
    }
    all
}

async fn note(epi: &mut Browser, step: usize) -> Answer {
    let submission = format!("0195f3c2-0000-7000-8000-00000000000{step}");
    let fields = [
        ("first_day", "2026-03-02"),
        ("kind", "outage"),
        ("text", "Power cut"),
        ("submission", &submission),
    ];
    epi.post("/data/annotations", &fields).await
}

fn worlds() -> impl Strategy<Value = World> {
    (
        any::<bool>(),
        prop::collection::vec(0..100_000, 0..40),
        0..6_usize,
        0..4_usize,
        0..3_usize,
        any::<bool>(),
    )
        .prop_map(
            |(first, new_cases, notes, keys, colleagues, guessed)| World {
                there: true,
                first,
                new_cases,
                notes,
                keys,
                colleagues,
                guessed,
            },
        )
}

/// What alder is told when nobody else is there.
static ALONE: OnceLock<Vec<String>> = OnceLock::new();

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_a_department_is_told_does_not_depend_on_what_another_does(world in worlds()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let alone = ALONE.get_or_init(|| runtime.block_on(script(&World::EMPTY)));
        let beside = runtime.block_on(script(&world));
        prop_assert_eq!(alone.len(), beside.len());
        for (alone, beside) in alone.iter().zip(&beside) {
            let alone: Vec<&str> = alone.lines().collect();
            let beside: Vec<&str> = beside.lines().collect();
            prop_assert_eq!(alone, beside);
        }
    }
}
