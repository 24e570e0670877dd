//! Deals joined to seats, each counted once, with control totals that tie.
//!
//! A deal is not divided: opening it is credited to the seat its owner held on the day it was
//! created, closing it to the seat held on the day it was closed, and while it is open it is with
//! the seat held on the as-of day. Of several seats it is the one with the largest share.
//!
//! Several rows of one deal are its history: exports of different days, or a row for each change of stage. The last
//! one up to the as-of day says how it stands; the others how it came there.

mod history;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;

use crate::cell::CellRef;
use crate::measure::{Amount, Ratio, Reading, Tally};
use crate::period::{Scope, Span};
use crate::problem::{Kind, Problem};
use crate::tables::actuals::PersonName;
use crate::tables::deals::{DealRow, Said};
use crate::tables::targets::UnitNames;

use self::history::{Exports, Timeline, histories};
use super::readers::Narrowing;
use super::roster::key;
use super::{JoinRules, RegionBy, Unit, Units};

/// Where a deal stands on the as-of day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Standing {
    Open,
    Won,
    Lost,
    /// Closed, and nobody says how: an opportunity that is neither open nor won nor lost.
    Undecided,
}

/// A deal came to a stage.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Visit {
    /// Position among the stages of the funnel.
    pub stage: usize,
    pub entered: NaiveDate,
    /// Entered on just that day; if not, an export of that day is the first to show it there.
    pub is_exact: bool,
}

/// How a deal stood from a day on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct State {
    pub from: NaiveDate,
    pub standing: Standing,
    pub amount: Option<Amount>,
    pub expected_close: Option<NaiveDate>,
    /// The seat it was with.
    pub seat: u32,
}

/// One deal.
#[derive(Clone, Debug)]
pub struct Deal {
    /// Where it stands in the input: what alerts about it will point to.
    pub at: CellRef,
    pub id: Option<String>,
    pub name: Option<String>,
    pub customer: Option<String>,
    pub product: Option<String>,
    /// Position among the stages of the funnel, where its stage is one of them.
    pub stage: Option<usize>,
    pub standing: Standing,
    pub created: Option<NaiveDate>,
    /// The day on which it was won or lost; nothing for an open deal.
    pub closed: Option<NaiveDate>,
    /// The day on which an open deal is expected to close.
    pub expected_close: Option<NaiveDate>,
    pub last_activity: Option<NaiveDate>,
    pub amount: Reading,
    /// What it is worth by the price list.
    pub list_value: Reading,
    /// Chance of winning as given, from 0 to 1.
    pub probability: Option<Ratio>,
    /// The seat that opening it is credited to.
    pub opened_by: u32,
    /// The seat that closing it is credited to, or that it is with while it is open.
    pub held_by: u32,
    /// Position of the furthest stage that it is known to have reached: the first one where nothing says more.
    pub furthest: usize,
    /// Whether anything says at which stage it is or was; of a deal that is only lost nothing does.
    pub is_stage_known: bool,
    /// Its stages in the order of their days, as far as days are known.
    pub visits: Vec<Visit>,
    /// How it stood, from its first day on; empty where the dates do not say when it opened or closed.
    pub states: Vec<State>,
    /// Whether it was created on its first day, and not only seen then.
    pub is_new_at_first: bool,
    /// How often an export shows a later expected close than the one before.
    pub n_postponed: u32,
    /// The expected close before it was last moved.
    pub earlier_close: Option<NaiveDate>,
    /// The amount in the row before the last, where several tell its history.
    pub earlier_amount: Option<Amount>,
}

impl Deal {
    /// Days from creation to close; nothing where either is missing or the close comes first.
    pub fn days_to_close(&self) -> Option<i64> {
        let days = (self.closed? - self.created?).num_days();
        (days >= 0).then_some(days)
    }
}

/// Rows and their amounts.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counted {
    pub n_rows: u64,
    pub amount: Tally,
}

impl Counted {
    pub(super) fn add(&mut self, amount: Reading) {
        self.n_rows += 1;
        self.amount += Tally::from(amount);
    }

    /// The sum, zero where nothing is known: control totals add up what there is.
    pub fn sum(&self) -> Amount {
        self.amount.value().unwrap_or(Amount::ZERO)
    }
}

/// Where the rows went: `read = won + lost + open + undecided + earlier + after_as_of + repeated`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct DealControl {
    pub read: Counted,
    pub won: Counted,
    pub lost: Counted,
    pub open: Counted,
    pub undecided: Counted,
    /// Rows that say how a deal stood before.
    pub earlier: Counted,
    /// Created after the as-of day, or rows of later exports.
    pub after_as_of: Counted,
    /// Rows for a deal that stands elsewhere.
    pub repeated: Counted,
}

impl DealControl {
    fn parts(&self) -> [&Counted; 7] {
        [&self.won, &self.lost, &self.open, &self.undecided, &self.earlier, &self.after_as_of, &self.repeated]
    }

    /// What is missing between what was read and what became of it: zero, always.
    pub fn gap(&self) -> Amount {
        self.read.sum() - self.parts().into_iter().map(Counted::sum).sum()
    }

    /// The same in rows.
    pub fn gap_in_rows(&self) -> i128 {
        i128::from(self.read.n_rows) - self.parts().into_iter().map(|part| i128::from(part.n_rows)).sum::<i128>()
    }
}

/// All deals, in input order.
#[derive(Debug, Default)]
pub struct Deals {
    pub deals: Vec<Deal>,
    /// Keys of the stages of the funnel, in order.
    pub stages: Vec<String>,
    /// The days of exports, in order, up to the as-of day.
    pub exports: Vec<NaiveDate>,
    pub control: DealControl,
    /// In a reader's facts everybody's deals: what is measured over all of them does not change with who reads it.
    pub(super) everybodys: Option<Arc<Vec<Deal>>>,
}

impl Deals {
    /// The deals that rates and usual times are measured on.
    pub fn everybodys(&self) -> &[Deal] {
        self.everybodys.as_deref().unwrap_or(&self.deals)
    }

    /// The deals that were ever with a reader's seats. Where they were before or are now is elsewhere.
    pub(super) fn narrowed(&self, to: &Narrowing<'_>) -> Deals {
        let is_own = |deal: &&Deal| {
            let states = deal.states.iter().map(|state| state.seat);
            states.chain([deal.opened_by, deal.held_by]).any(|seat| to.seats.contains_key(&seat))
        };
        let narrowed = |deal: &Deal| {
            let states = deal.states.iter().map(|state| State { seat: to.seat(state.seat), ..*state });
            Deal {
                at: CellRef::default(),
                opened_by: to.seat(deal.opened_by),
                held_by: to.seat(deal.held_by),
                states: states.collect(),
                ..deal.clone()
            }
        };
        Deals {
            deals: self.deals.iter().filter(is_own).map(narrowed).collect(),
            stages: self.stages.clone(),
            exports: self.exports.clone(),
            ..Deals::default()
        }
    }

    /// From the first creation or close to the last; what is only expected has not happened.
    pub fn span(&self) -> Option<Span> {
        let days = self.deals.iter().flat_map(|deal| [deal.created, deal.closed]).flatten();
        Some(Span { first: days.clone().min()?, last: days.max()? })
    }
}

/// Joins the rows to seats, up to the as-of day.
pub fn post(
    rows: &[DealRow],
    stages: &[String],
    units: &mut Units,
    scope: Scope,
    rules: JoinRules,
    problems: &mut Vec<Problem>,
) -> Deals {
    let mut deals = Deals { stages: stages.to_vec(), ..Deals::default() };
    let mut after = Counts::default();
    let histories = histories(rows, scope, &mut deals.control, &mut after, problems);
    let used: Vec<&DealRow> = histories.iter().flat_map(|history| history.rows.iter().copied()).collect();
    let owners = owners(&used, units, problems);
    note_words(&used, problems);
    let exports = Exports::of(&histories);
    deals.exports = exports.days.iter().copied().filter(|day| *day <= scope.as_of).collect();
    let mut outside: BTreeMap<u32, (CellRef, usize)> = BTreeMap::new();
    let mut closed_after = Counts::default();
    let mut gone = Counts::default();
    for history in histories {
        let Some(last) = history.rows.last() else { continue };
        let current = history.current();
        let row = current.as_ref();
        if row.created.is_some_and(|day| day > scope.as_of) {
            for row in &history.rows {
                deals.control.after_as_of.add(row.amount);
                after.add(&row.at);
            }
            continue;
        }
        let is_closed_later = row.closed.is_some_and(|day| day > scope.as_of);
        let said = standing(row, is_closed_later);
        let gone_on = history.exported().filter(|_| said == Standing::Open).and_then(|day| exports.gone_after(day));
        if gone_on.is_some() {
            gone.add(&row.at);
        }
        let standing = if gone_on.is_some() { Standing::Undecided } else { said };
        let is_decided = matches!(standing, Standing::Won | Standing::Lost);
        if is_closed_later && matches!(decided(row), Some(Said::Won | Said::Lost)) {
            closed_after.add(&row.at_column(row.columns.closed));
        }
        let label = row.id.as_ref().or(row.name.as_ref()).cloned().unwrap_or_default();
        if let (Some(stage), Some(outcome)) = (&row.stage, &row.outcome)
            && contradict(stage, outcome)
        {
            let kind = Kind::OutcomeDiffers { deal: label.clone(), stage: word_of(stage), outcome: word_of(outcome) };
            problems.push(Problem::new(row.at_column(row.columns.outcome), kind).worth(amount_of(row)));
        }
        let visits = history.visits(stages, scope);
        // A history of changes says when the deal was decided, and when it began.
        let closed_on = row.closed.or(history.last_change().filter(|_| is_decided));
        let created = row.created.or_else(|| history.began(&visits));
        if is_decided && closed_on.is_none() && !row.is_closed_unreadable {
            let kind = Kind::ClosedWithoutDate { deal: label.clone() };
            problems.push(Problem::new(row.at_column(row.columns.closed), kind).worth(amount_of(row)));
        }
        if is_decided
            && let (Some(created), Some(closed)) = (row.created, row.closed)
            && closed < created
        {
            let kind =
                Kind::ClosedBeforeCreated { deal: label, created: created.to_string(), closed: closed.to_string() };
            problems.push(Problem::new(row.at_column(row.columns.closed), kind));
        }
        let closed = closed_on.filter(|_| standing != Standing::Open);
        let mut seat = |row: &DealRow, day: NaiveDate| {
            let owner = owners.get(&name_of(&row.unit)).copied();
            let (seat, is_outside) = seat_on(day, owner, row, units, rules, problems);
            if let (true, Some(owner)) = (is_outside, owner) {
                outside.entry(owner).or_insert_with(|| (row.at_column(row.columns.owner), 0)).1 += 1;
            }
            seat
        };
        let held_by = seat(row, closed.unwrap_or(scope.as_of));
        // Whoever had it first opened it.
        let opener = history.rows.first().copied().filter(|first| first.unit != UnitNames::default()).unwrap_or(row);
        let opened_by = created.map_or(held_by, |day| seat(opener, day));
        match standing {
            Standing::Open => &mut deals.control.open,
            Standing::Won => &mut deals.control.won,
            Standing::Lost => &mut deals.control.lost,
            Standing::Undecided => &mut deals.control.undecided,
        }
        .add(last.amount);
        for earlier in history.rows.iter().rev().skip(1) {
            deals.control.earlier.add(earlier.amount);
        }
        let at_stage = match (&row.stage, standing) {
            (Some(Said::Open(Some(stage))), _) => stages.iter().position(|other| other == stage),
            (Some(Said::Won), Standing::Won) => stages.iter().position(|other| other == "won"),
            _ => None,
        };
        let at_stage = at_stage.or_else(|| visits.last().filter(|_| standing == Standing::Open).map(|last| last.stage));
        let expected_close = history::expected_close(row, standing).filter(|_| standing == Standing::Open);
        let known = history.rows.iter().filter_map(|row| stage_of(row, stages));
        let known = known.chain(visits.iter().map(|visit| visit.stage));
        let known = known.chain((standing == Standing::Won).then(|| won_position(stages)));
        let furthest = known.max();
        let mut deal = Deal {
            at: row.at.clone(),
            id: row.id.clone(),
            name: row.name.clone(),
            customer: row.customer.clone(),
            product: row.product.clone(),
            stage: at_stage,
            standing,
            created,
            closed,
            expected_close,
            last_activity: row.last_activity,
            amount: row.amount,
            list_value: row.list_value,
            probability: row.probability,
            opened_by,
            held_by,
            furthest: furthest.unwrap_or(0),
            is_stage_known: furthest.is_some(),
            visits,
            states: Vec::new(),
            is_new_at_first: false,
            n_postponed: 0,
            earlier_close: None,
            earlier_amount: None,
        };
        history.compare(&mut deal);
        // What is wrong with its owner's place was said above.
        let mut said = Vec::new();
        let mut seat_at = |row: &DealRow, day: NaiveDate| {
            let row = if row.unit == UnitNames::default() { current.as_ref() } else { row };
            let owner = owners.get(&name_of(&row.unit)).copied();
            (owner, seat_on(day, owner, row, units, rules, &mut said).0)
        };
        let timeline = history.timeline(&deal, row, gone_on, &exports, scope, &mut seat_at);
        deal.is_new_at_first = timeline.is_new_at_first;
        deal.states = with_moves(timeline, scope, units, rules);
        deals.deals.push(deal);
    }
    for (person, (at, n_rows)) in outside {
        let name = units.person(person).name().unwrap_or("").to_string();
        problems.push(Problem::new(at, Kind::OutsideAssignment { name, n_rows }));
    }
    for (at, n_rows) in gone.0 {
        problems.push(Problem::new(at, Kind::DealsGone { n_rows }));
    }
    let as_of = scope.as_of.to_string();
    for (at, n_rows) in after.0 {
        problems.push(Problem::new(at, Kind::AfterAsOf { n_rows, as_of: as_of.clone() }));
    }
    for (at, n_rows) in closed_after.0 {
        problems.push(Problem::new(at, Kind::ClosedAfterAsOf { n_rows, as_of: as_of.clone() }));
    }
    deals
}

/// Rows counted by sheet, at the first of each.
#[derive(Default)]
struct Counts(Vec<(CellRef, usize)>);

impl Counts {
    fn add(&mut self, at: &CellRef) {
        let is_same = |place: &CellRef| Arc::ptr_eq(&place.file, &at.file) && place.sheet == at.sheet;
        match self.0.last_mut() {
            Some((place, n_rows)) if is_same(place) => *n_rows += 1,
            _ => self.0.push((at.clone(), 1)),
        }
    }
}

fn amount_of(row: &DealRow) -> Option<Amount> {
    match row.amount {
        Reading::Known(amount) => Some(amount),
        Reading::Blank | Reading::Unreadable => None,
    }
}

fn name_of(names: &UnitNames) -> PersonName {
    PersonName { id: names.person_id.clone(), name: names.person.clone() }
}

/// The person of each distinct owner; unknown ones are noted once, with what is at stake.
fn owners(rows: &[&DealRow], units: &mut Units, problems: &mut Vec<Problem>) -> HashMap<PersonName, u32> {
    let mut order: Vec<(PersonName, CellRef, usize, Tally)> = Vec::new();
    let mut positions: HashMap<PersonName, usize> = HashMap::new();
    for row in rows {
        let name = name_of(&row.unit);
        if name == PersonName::default() {
            continue;
        }
        let position = *positions.entry(name.clone()).or_insert_with(|| {
            order.push((name, row.at_column(row.columns.owner), 0, Tally::NOTHING));
            order.len() - 1
        });
        order[position].2 += 1;
        order[position].3 += Tally::from(row.amount);
    }
    let person = |(name, at, n_rows, amount): (PersonName, CellRef, usize, Tally)| {
        let person = units.person_or_unassigned(&name, &at, n_rows, amount.value(), problems);
        (name, person)
    };
    order.into_iter().map(person).collect()
}

/// Notes each unknown stage and outcome once.
fn note_words(rows: &[&DealRow], problems: &mut Vec<Problem>) {
    let mut order: Vec<(Problem, usize, Tally)> = Vec::new();
    let mut positions: HashMap<(bool, String), usize> = HashMap::new();
    for row in rows {
        for (said, column, is_stage) in
            [(&row.stage, row.columns.stage, true), (&row.outcome, row.columns.outcome, false)]
        {
            let Some(Said::Unknown { raw, suggestion }) = said else { continue };
            let position = *positions.entry((is_stage, key(raw))).or_insert_with(|| {
                let raw = raw.clone();
                let kind = if is_stage {
                    Kind::UnknownStage { raw, n_rows: 0, suggestion: suggestion.clone() }
                } else {
                    Kind::UnknownOutcome { raw, n_rows: 0 }
                };
                order.push((Problem::new(row.at_column(column), kind), 0, Tally::NOTHING));
                order.len() - 1
            });
            order[position].1 += 1;
            order[position].2 += Tally::from(row.amount);
        }
    }
    for (mut problem, count, amount) in order {
        if let Kind::UnknownStage { n_rows, .. } | Kind::UnknownOutcome { n_rows, .. } = &mut problem.kind {
            *n_rows = count;
        }
        problems.push(problem.worth(amount.value()));
    }
}

/// Position of the stage that a row names.
fn stage_of(row: &DealRow, stages: &[String]) -> Option<usize> {
    let Some(Said::Open(Some(stage))) = &row.stage else { return None };
    stages.iter().position(|other| other == stage)
}

/// The stage that a deal has reached when it is won: the last one where none is called so.
fn won_position(stages: &[String]) -> usize {
    stages.iter().position(|stage| stage == "won").unwrap_or(stages.len().saturating_sub(1))
}

/// The states with the seats to which their owner moved in between.
fn with_moves(timeline: Timeline<'_>, scope: Scope, units: &mut Units, rules: JoinRules) -> Vec<State> {
    let mut said = Vec::new();
    let mut states = Vec::with_capacity(timeline.states.len());
    let ends: Vec<NaiveDate> = timeline.states.iter().skip(1).map(|(state, ..)| state.from).collect();
    for (index, (state, row, owner)) in timeline.states.into_iter().enumerate() {
        states.push(state);
        let Some(owner) = owner.filter(|_| state.standing == Standing::Open) else { continue };
        let end = ends.get(index).copied().unwrap_or(scope.as_of);
        let starts: Vec<NaiveDate> = units.stints(owner).iter().map(|stint| stint.span.first).collect();
        let mut moves: Vec<NaiveDate> = starts.into_iter().filter(|day| state.from < *day && *day <= end).collect();
        moves.sort_unstable();
        for day in moves {
            let (seat, _) = seat_on(day, Some(owner), row, units, rules, &mut said);
            if states.last().is_some_and(|last| last.seat != seat) {
                states.push(State { from: day, seat, ..state });
            }
        }
    }
    states
}

/// The word that decides about a deal: its outcome where that is known, else its stage.
fn decided(row: &DealRow) -> Option<&Said> {
    let is_known = |said: &&Said| !matches!(said, Said::Unknown { .. });
    row.outcome.as_ref().filter(is_known).or(row.stage.as_ref())
}

fn standing(row: &DealRow, is_closed_later: bool) -> Standing {
    match decided(row) {
        // On the as-of day it was still open.
        Some(Said::Won | Said::Lost) if is_closed_later => Standing::Open,
        Some(Said::Won) => Standing::Won,
        Some(Said::Lost) => Standing::Lost,
        Some(Said::Open(_)) => Standing::Open,
        Some(Said::Unknown { .. }) | None if row.closed.is_some() && !is_closed_later => Standing::Undecided,
        Some(Said::Unknown { .. }) | None => Standing::Open,
    }
}

/// Whether a stage says that a deal is decided and the outcome says something else.
fn contradict(stage: &Said, outcome: &Said) -> bool {
    matches!((stage, outcome), (Said::Won, Said::Lost | Said::Open(_)) | (Said::Lost, Said::Won | Said::Open(_)))
}

/// A key for messages: `won`, `lost`, `open`.
fn word_of(said: &Said) -> &'static str {
    match said {
        Said::Won => "won",
        Said::Lost => "lost",
        Said::Open(_) | Said::Unknown { .. } => "open",
    }
}

/// The seat that a deal is with on a day, and whether its owner has assignments and none on that day.
fn seat_on(
    day: NaiveDate,
    owner: Option<u32>,
    row: &DealRow,
    units: &mut Units,
    rules: JoinRules,
    problems: &mut Vec<Problem>,
) -> (u32, bool) {
    let person = owner.unwrap_or_else(|| units.unassigned());
    let stints = units.stints(person);
    let stint = stints.iter().find(|stint| stint.span.contains(day));
    // The first of the largest shares.
    let largest = stint.and_then(|stint| {
        let parts = stint.parts.iter().enumerate();
        parts.max_by_key(|(index, (_, _, weight))| (*weight, std::cmp::Reverse(*index))).map(|(_, part)| *part)
    });
    let is_outside = stint.is_some_and(|stint| stint.outside);
    let (team, region) = largest.map_or((None, None), |(team, region, _)| (team, region));
    let own = &row.unit;
    if rules.region_by == RegionBy::Actuals
        && let Some(name) = own.region.as_deref()
    {
        let region = Some(units.region(Some(name)));
        return (units.seat(person, None, region), is_outside);
    }
    if team.is_some() || region.is_some() || (own.team.is_none() && own.region.is_none()) {
        return (units.seat(person, team, region), is_outside);
    }
    // Whoever belongs nowhere is where the deal itself says.
    let names = UnitNames { person: None, person_id: None, ..own.clone() };
    let seat = match units.resolve(&names, &row.at_column(row.columns.owner), problems) {
        Unit::Team(team) => units.seat(person, Some(team), None),
        Unit::Region(region) => units.seat(person, None, Some(region)),
        _ => units.seat(person, None, None),
    };
    (seat, is_outside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::deals::DealColumns;

    fn row(stage: Option<Said>, outcome: Option<Said>, closed: Option<&str>) -> DealRow {
        let at = CellRef::file(&"deals.xlsx".into());
        DealRow {
            at,
            columns: DealColumns::default(),
            id: None,
            name: None,
            unit: UnitNames::default(),
            customer: None,
            product: None,
            stage,
            outcome,
            amount: Reading::Blank,
            list_value: Reading::Blank,
            probability: None,
            created: None,
            expected_close: None,
            closed: closed.map(|day| day.parse().unwrap()),
            is_closed_unreadable: false,
            last_activity: None,
            stage_dates: Vec::new(),
            stage_since: None,
            snapshot: None,
            date: None,
        }
    }

    #[test]
    fn where_a_deal_stands_on_the_last_of_june() {
        let unknown = || Some(Said::Unknown { raw: "Demo".to_string(), suggestion: None });
        let open = || Some(Said::Open(Some("proposals".to_string())));
        let (before, after) = (Some("2026-06-30"), Some("2026-07-01"));
        for (stage, outcome, closed, expected) in [
            (Some(Said::Won), None, before, Standing::Won),
            (Some(Said::Won), None, None, Standing::Won),
            // On that day it was still open.
            (Some(Said::Won), None, after, Standing::Open),
            (Some(Said::Lost), None, after, Standing::Open),
            // The outcome counts, where it is understood.
            (Some(Said::Won), Some(Said::Lost), before, Standing::Lost),
            (Some(Said::Won), unknown(), before, Standing::Won),
            // An open deal's close date is the expected one, also when it has passed.
            (open(), None, before, Standing::Open),
            (unknown(), None, None, Standing::Open),
            (unknown(), None, before, Standing::Undecided),
            (None, None, after, Standing::Open),
            (None, None, before, Standing::Undecided),
        ] {
            let row = row(stage, outcome, closed);
            let is_closed_later = row.closed.is_some_and(|day| day.to_string().as_str() > "2026-06-30");
            assert_eq!(standing(&row, is_closed_later), expected, "{row:?}");
        }
    }
}
