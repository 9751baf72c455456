//! Taking back an upload, and bringing it back: a new upload each time, so nothing is erased.
//!
//! Uploads are taken back from the latest backwards. A later one stores only what differs, so
//! what it says again of an earlier one cannot be told apart from what the earlier one said;
//! from the latest backwards the question does not arise.

use chrono::NaiveDate;

use super::{NewUpload, Source, Tally, places, register};
use crate::{Error, Result, audit, clock::Now, tenancy::TenantTx};

/// An accepted upload, as far as taking back goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
struct Accepted {
    upload_no: i32,
    undoes: Option<i32>,
}

/// What can be done next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// The upload that can be taken back.
    pub undo: Option<i32>,
    /// The upload that can be brought back: it was taken back by the latest one.
    pub redo: Option<i32>,
}

/// The uploads that stand, oldest first, and those that were taken back since the last one
/// that brought something.
fn standing(accepted: &[Accepted]) -> (Vec<i32>, Vec<i32>) {
    let (mut stand, mut taken_back) = (Vec::new(), Vec::new());
    for upload in accepted {
        match upload.undoes {
            None => {
                stand.push(upload.upload_no);
                taken_back.clear();
            }
            Some(undone) if stand.last() == Some(&undone) => {
                stand.pop();
                taken_back.push(undone);
            }
            Some(redone) => {
                taken_back.retain(|upload_no| *upload_no != redone);
                stand.push(redone);
            }
        }
    }
    (stand, taken_back)
}

async fn accepted(tx: &mut TenantTx) -> Result<Vec<Accepted>> {
    let (tenant, connection) = tx.parts();
    let accepted = sqlx::query_as(
        r#"
        select upload_no, undoes
        from uploads
        where tenant_id = $1 and status = 'accepted'
        order by decided_at, upload_no
        "#,
    )
    .bind(tenant)
    .fetch_all(connection)
    .await?;
    Ok(accepted)
}

/// Which upload can be taken back next, and which brought back.
pub async fn turn(tx: &mut TenantTx) -> Result<Turn> {
    let (stand, taken_back) = standing(&accepted(tx).await?);
    Ok(Turn {
        undo: stand.last().copied(),
        redo: taken_back.last().copied(),
    })
}

/// Takes `upload_no` back, or brings it back if it was: on each day and place that it brought
/// a value for, what the uploads that stand say is known again from `today` on. The number of
/// the new upload, and what it did.
///
/// # Errors
/// [`Error::NotFound`] for an upload that the department does not have, [`Error::Conflict`]
/// when it is not its turn, or another upload is being stored.
pub async fn undo_or_redo(
    tx: &mut TenantTx,
    upload_no: i32,
    by: &str,
    now: Now,
) -> Result<(i32, Tally)> {
    register::take_turn_at_once(tx).await?;
    let known = accepted(tx).await?;
    if !known
        .iter()
        .any(|upload| upload.upload_no == upload_no && upload.undoes.is_none())
    {
        return Err(Error::NotFound("upload"));
    }
    let (mut stand, taken_back) = standing(&known);
    let what = if stand.last() == Some(&upload_no) {
        stand.pop();
        "undo"
    } else if taken_back.last() == Some(&upload_no) {
        stand.push(upload_no);
        "redo"
    } else {
        return Err(Error::Conflict(format!(
            "upload {upload_no} is not the latest that stands; take the later ones back first, or \
             upload a corrected file"
        )));
    };
    let new = NewUpload {
        source: Source::Undo,
        file_name: &format!("{what} of upload {upload_no}"),
        as_of: now.date_naive(),
        by,
        idempotency_key: None,
        undoes: Some(upload_no),
    };
    let undo_no = register::open(tx, &new, now).await?;
    let mut tally = Tally::default();
    for place in places::listed(tx).await? {
        tally += restore(
            tx,
            upload_no,
            &stand,
            undo_no,
            new.as_of,
            &place.location_id,
        )
        .await?;
    }
    // Where all of it was superseded before it came, nothing changes; it counts no more, and
    // those before it have their turn.
    register::accept(tx, undo_no, tally, 0, by, now).await?;
    let action = if what == "undo" {
        "upload.undone"
    } else {
        "upload.redone"
    };
    let subject = format!(
        "upload {upload_no}, by upload {undo_no}: {} values",
        tally.new + tally.changed
    );
    audit::record_own(tx, now, by, action, &subject).await?;
    Ok((undo_no, tally))
}

/// For each day of `upload_no` at one place, which is as much as one statement should take on:
/// what the latest of the uploads that `stand` says, or that nothing is known.
async fn restore(
    tx: &mut TenantTx,
    upload_no: i32,
    stand: &[i32],
    undo_no: i32,
    today: NaiveDate,
    location: &str,
) -> Result<Tally> {
    let (tenant, connection) = tx.parts();
    let (new, changed): (i64, i64) = sqlx::query_as(
        r#"
        with differing as materialized (
            select touched.location_id, touched.date,
                coalesce(wanted.days, standing.days) as days, wanted.new_cases,
                coalesce(wanted.kind, 'withdrawn') as kind,
                standing.as_of as standing_as_of, standing.upload_no as standing_upload_no,
                standing.kind = 'withdrawn' as is_new
            from observations touched
            join lateral (
                select as_of, upload_no, new_cases, kind, days
                from observations o
                where o.tenant_id = $1 and o.location_id = touched.location_id and o.date = touched.date
                    and o.as_of <= $5 and o.superseded_on = 'infinity'
                limit 1
            ) standing on true
            left join lateral (
                select new_cases, kind, days
                from observations o
                where o.tenant_id = $1 and o.location_id = touched.location_id and o.date = touched.date
                    and o.upload_no = any($3)
                -- Of one day's, the one that was decided on last.
                order by as_of desc, array_position($3, o.upload_no) desc
                limit 1
            ) wanted on true
            where touched.tenant_id = $1 and touched.location_id = $6 and touched.upload_no = $2
                and (wanted.new_cases, coalesce(wanted.kind, 'withdrawn'), coalesce(wanted.days, standing.days))
                    is distinct from (standing.new_cases, standing.kind, standing.days)
        ),
        ended as (
            update observations
            set superseded_on = $5
            from differing
            where observations.tenant_id = $1
                and observations.location_id = differing.location_id
                and observations.date = differing.date
                and observations.as_of = differing.standing_as_of
                and observations.upload_no = differing.standing_upload_no
        ),
        stored as (
            insert into observations (
                tenant_id, location_id, date, as_of, upload_no, days, new_cases, kind, superseded_on
            )
            select $1, location_id, date, $5, $4, days, new_cases, kind, 'infinity'
            from differing
            returning 1
        )
        select count(*) filter (where is_new), count(*) filter (where not is_new)
        from differing
        "#,
    )
    .bind(tenant)
    .bind(upload_no)
    .bind(stand)
    .bind(undo_no)
    .bind(today)
    .bind(location)
    .fetch_one(connection)
    .await?;
    Ok(Tally {
        new: new.unsigned_abs(),
        changed: changed.unsigned_abs(),
        unchanged: 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uploads(list: &[(i32, Option<i32>)]) -> Vec<Accepted> {
        list.iter()
            .map(|(upload_no, undoes)| Accepted {
                upload_no: *upload_no,
                undoes: *undoes,
            })
            .collect()
    }

    #[test]
    fn the_latest_that_stands_is_taken_back_first() {
        let three = uploads(&[(1, None), (2, None), (3, Some(2))]);
        assert_eq!(standing(&three), (vec![1], vec![2]));
        let four = uploads(&[(1, None), (2, None), (3, Some(2)), (4, Some(1))]);
        assert_eq!(standing(&four), (vec![], vec![2, 1]));
    }

    #[test]
    fn what_was_taken_back_can_be_brought_back_until_something_new_arrives() {
        let redone = uploads(&[(1, None), (2, None), (3, Some(2)), (4, Some(2))]);
        assert_eq!(standing(&redone), (vec![1, 2], vec![]));
        let late = uploads(&[(1, None), (2, None), (3, Some(2)), (4, None)]);
        assert_eq!(standing(&late), (vec![1, 4], vec![]));
    }
}
