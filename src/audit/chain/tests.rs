use proptest::prelude::*;

use super::*;

/// A chain as the database makes it, from what is said.
fn linked(chain: &str, said: &[(&str, &str)]) -> Vec<Line> {
    let mut end = beginning(chain);
    said.iter()
        .zip(1..)
        .map(|((actor, subject), seq)| {
            let mut line = Line {
                chain: chain.to_owned(),
                seq: Some(seq),
                audit_id: Uuid::from_u128(seq as u128),
                occurred_at: chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::minutes(seq),
                actor: (*actor).to_owned(),
                origin: "192.0.2.7".to_owned(),
                action: "thing.done".to_owned(),
                subject: (*subject).to_owned(),
                outcome: "done".to_owned(),
                hash: None,
            };
            let hash = line.hash_after(seq, &end.hash);
            line.hash = Some(hex(&hash));
            end = End { seq, hash };
            line
        })
        .collect()
}

/// By Python's `hashlib`, over the netstrings of the first line of the platform's chain.
#[test]
fn the_hash_of_a_line_is_known() {
    let lines = linked("", &[("someone@example.org", "é")]);
    assert_eq!(
        lines[0].hash.as_deref(),
        Some("758a0d056a0438422bca57b9048f8c8fab4c18ada2cd0bea72c722fedc47bff6")
    );
}

#[test]
fn a_chain_that_nobody_touched_holds_in_any_order() {
    let mut lines = linked("alder", &[("a", "b"), ("c", "d"), ("e", "f")]);
    lines.reverse();
    let ends = follow("alder", &lines).expect("it holds");
    assert_eq!(ends.last().expect("an end").seq, 3);
    assert_eq!(follow("birch", &lines).map(|ends| ends.len()), Ok(1));
}

#[test]
fn what_was_done_to_a_chain_is_named() {
    let lines = linked("alder", &[("a", "b"), ("c", "d"), ("e", "f"), ("g", "h")]);
    let broken = |touch: fn(&mut Vec<Line>)| {
        let mut lines = lines.clone();
        touch(&mut lines);
        follow("alder", &lines).expect_err("a break").to_string()
    };
    let changed = "line 2 of the record of alder is not what was written";
    assert_eq!(broken(|lines| lines[1].subject.push('.')), changed);
    assert_eq!(broken(|lines| lines[1].outcome = "refused".into()), changed);
    assert_eq!(
        broken(|lines| lines[1].occurred_at = lines[0].occurred_at),
        changed
    );
    assert_eq!(broken(|lines| lines[1].hash = None), changed);
    // From one field to the next.
    assert_eq!(
        broken(|lines| {
            lines[1].actor = "cthing".into();
            lines[1].action = ".done".into();
        }),
        changed
    );
    assert_eq!(
        broken(|lines| drop(lines.remove(1))),
        "line 2 of the record of alder is missing"
    );
    assert_eq!(
        broken(|lines| lines.push(lines[3].clone())),
        "line 4 of the record of alder is there more than once"
    );
    assert_eq!(
        broken(|lines| {
            let mut more = lines[3].clone();
            (more.seq, more.hash) = (None, None);
            lines.push(more);
        }),
        "after line 4 of the record of alder there is a line that was never linked"
    );
    // Taken out, with the others closed up.
    assert_eq!(
        broken(|lines| {
            lines.remove(1);
            lines[1].seq = Some(2);
            lines[2].seq = Some(3);
        }),
        changed
    );
}

proptest! {
    /// Whatever is done to one line, that line is named, or the first that is missing.
    #[test]
    fn any_change_of_any_line_is_found(
        said in prop::collection::vec(("[a-z:,0-9]{0,4}", "\\PC{0,6}"), 1..8),
        which in any::<prop::sample::Index>(),
        what in 0..6,
        with in "\\PC{1,4}",
    ) {
        let said: Vec<_> = said.iter().map(|(actor, subject)| (&**actor, &**subject)).collect();
        let mut lines = linked("alder", &said);
        let at = which.index(lines.len());
        let line = &mut lines[at];
        match what {
            0 => line.actor.push_str(&with),
            1 => line.subject.insert_str(0, &with),
            2 => line.origin = with,
            3 => line.action.clear(),
            4 => line.audit_id = Uuid::from_u128(99),
            _ => line.occurred_at += chrono::TimeDelta::microseconds(1),
        }
        let fault = follow("alder", &lines).expect_err("a break");
        prop_assert_eq!((fault.seq, fault.fault), (at as i64 + 1, Fault::Changed));
    }
}
