//! Which columns mean what, by their names and by what stands in them.

use super::{
    columns::{LAST, Role, date_in_header},
    counts::{self, Count},
    dates::{self, Looks},
    delimiter::Sample,
};

/// Which columns seem to mean what, counted from 0.
#[derive(Clone, Debug, Default)]
pub(super) struct Proposal {
    pub(super) location: Option<usize>,
    pub(super) date: Option<usize>,
    pub(super) year: Option<usize>,
    pub(super) new_cases: Option<usize>,
    /// The name of the column of numbers says that they are cumulative.
    pub(super) cumulative: bool,
    /// Columns whose names are dates: a wide file.
    pub(super) wide: Vec<usize>,
    /// Chosen by what stands in them, which is a guess.
    pub(super) guessed: Vec<usize>,
}

/// The columns by name, and those that have no known name by what stands in them.
pub(super) fn propose(sample: &Sample, roles: &[Role]) -> Proposal {
    let mut proposal = Proposal {
        location: best(roles, |role| match role {
            Role::Location(rank) => Some(rank),
            // The last resort.
            Role::Unclear => Some(usize::MAX),
            _ => None,
        }),
        date: best(roles, |role| match role {
            Role::Date(rank) => Some(rank),
            Role::Week(rank) => Some(LAST + rank),
            _ => None,
        }),
        year: best(roles, |role| match role {
            Role::Year(rank) => Some(rank),
            _ => None,
        }),
        new_cases: best(roles, |role| match role {
            Role::NewCases(rank) => Some(rank),
            Role::Cumulative(rank) => Some(LAST + 1 + rank),
            _ => None,
        }),
        ..Proposal::default()
    };
    proposal.cumulative = proposal
        .new_cases
        .is_some_and(|at| matches!(roles[at], Role::Cumulative(_)));
    let unknown = |at: &usize| roles[*at] == Role::Other;
    let dated: Vec<usize> = (0..roles.len())
        .filter(|at| unknown(at) && date_in_header(&sample.header[*at]).is_some())
        .collect();
    if dated.len() > 1 || (dated.len() == 1 && proposal.location.is_some()) {
        // Numbers under dates; the column of places need not have a known name.
        let free = |at: &usize| unknown(at) && !dated.contains(at);
        if proposal.location.is_none() {
            proposal.location = (0..roles.len()).find(free);
            proposal.guessed.extend(proposal.location);
        }
        proposal.wide = dated;
        proposal.date = None;
        proposal.new_cases = None;
        return proposal;
    }
    if proposal.date.is_none() {
        let is_date = |text: &str| {
            !matches!(
                dates::looks(text),
                Looks::Nothing | Looks::WeekAlone | Looks::Serial
            )
        };
        let guess = (0..roles.len()).find(|at| unknown(at) && mostly(sample.column(*at), is_date));
        proposal.date = guess;
        proposal.guessed.extend(guess);
    }
    if proposal.new_cases.is_none() {
        let is_count = |text: &str| {
            matches!(
                counts::read(text.as_bytes()),
                Ok(Count::Of(_) | Count::Suppressed)
            )
        };
        let mut guesses = (0..roles.len()).filter(|at| {
            unknown(at) && Some(*at) != proposal.date && mostly(sample.column(*at), is_count)
        });
        let first = guesses.next();
        // Where every unnamed column has numbers, the first of two is likelier the place's id.
        let words = (0..roles.len()).any(|at| {
            unknown(&at) && Some(at) != proposal.date && !mostly(sample.column(at), is_count)
        });
        proposal.new_cases = match (proposal.location, first, guesses.next()) {
            (None, Some(place), Some(count)) if !words => {
                proposal.location = Some(place);
                proposal.guessed.push(place);
                Some(count)
            }
            _ => first,
        };
        proposal.guessed.extend(proposal.new_cases);
    }
    if proposal.location.is_none() {
        let taken = [proposal.date, proposal.new_cases, proposal.year];
        let guess = (0..roles.len()).find(|at| unknown(at) && !taken.contains(&Some(*at)));
        proposal.location = guess;
        proposal.guessed.extend(guess);
    }
    proposal
}

/// At least one, and four of five.
pub(super) fn mostly<'a>(
    cells: impl Iterator<Item = &'a str>,
    test: impl Fn(&str) -> bool,
) -> bool {
    let (mut all, mut good) = (0, 0);
    for cell in cells {
        all += 1;
        good += usize::from(test(cell));
    }
    good > 0 && good * 5 >= all * 4
}

pub(super) fn best(roles: &[Role], rank: impl Fn(Role) -> Option<usize>) -> Option<usize> {
    let ranked = roles.iter().enumerate();
    ranked
        .filter_map(|(at, role)| rank(*role).map(|rank| (rank, at)))
        .min()
        .map(|(_, at)| at)
}
