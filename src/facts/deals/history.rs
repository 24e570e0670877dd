//! Several rows of one deal: which of them count, in which order, and what they say happened.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use crate::period::Scope;
use crate::problem::{Kind, Problem};
use crate::tables::deals::DealRow;

use super::super::repeated::merge_repeats;
use super::{Counts, Deal, DealControl, Standing, State, Visit, amount_of, stage_of, standing};

/// The rows of one deal that count, from the earliest to the one that says how it stands.
pub struct History<'a> {
    pub rows: Vec<&'a DealRow>,
}

/// The rows of every deal, in the order in which deals are met. A deal without an id is a deal of its own.
pub fn histories<'a>(
    rows: &'a [DealRow],
    scope: Scope,
    control: &mut DealControl,
    after: &mut Counts,
    problems: &mut Vec<Problem>,
) -> Vec<History<'a>> {
    let mut positions: HashMap<&str, usize> = HashMap::new();
    let mut groups: Vec<Vec<&DealRow>> = Vec::new();
    for row in rows {
        control.read.add(row.amount);
        // Ids are not names: 006Aa and 006aA are two deals in many a system.
        match row.id.as_deref().and_then(|id| positions.get(id)) {
            Some(position) => groups[*position].push(row),
            None => {
                if let Some(id) = row.id.as_deref() {
                    positions.insert(id, groups.len());
                }
                groups.push(vec![row]);
            }
        }
    }
    let kept = groups.into_iter().map(|group| kept(group, scope, control, after, problems)).collect();
    merge_repeats(rows.iter().map(|row| &row.at), problems);
    kept
}

/// The day that a row of several speaks of: of its export, of its change of stage, or its plain date.
fn day_of(row: &DealRow) -> Option<NaiveDate> {
    row.snapshot.or(row.stage_since).or(row.date)
}

/// The day on which a row says that its stage was entered, where a deal has several.
fn change_of(row: &DealRow) -> Option<NaiveDate> {
    row.stage_since.or(row.date.filter(|_| row.snapshot.is_none()))
}

/// The rows of a deal up to the as-of day in the order of their days, each once. A row without a day is of today.
fn kept<'a>(
    mut group: Vec<&'a DealRow>,
    scope: Scope,
    control: &mut DealControl,
    after: &mut Counts,
    problems: &mut Vec<Problem>,
) -> History<'a> {
    if group.len() == 1 {
        return History { rows: group };
    }
    let is_later = |row: &DealRow| day_of(row).is_some_and(|day| day > scope.as_of);
    // Where every row is later, the earliest says most about the as-of day.
    let earliest = group.iter().filter_map(|row| day_of(row)).min();
    let all_later = group.iter().all(|row| is_later(row));
    group.retain(|row| {
        let stays = !is_later(row) || all_later && day_of(row) == earliest;
        if !stays {
            control.after_as_of.add(row.amount);
            after.add(&row.at);
        }
        stays
    });
    group.sort_by_key(|row| day_of(row).unwrap_or(NaiveDate::MAX));
    let mut rows: Vec<&DealRow> = Vec::with_capacity(group.len());
    for row in group {
        let Some(before) = rows.iter().rev().find(|before| says_again(before, row)) else {
            rows.push(row);
            continue;
        };
        let (deal, first) = (row.id.clone().unwrap_or_default(), before.at.to_string());
        let kind = if row.is_same_as(before) {
            Kind::RepeatedDeal { deal, first }
        } else {
            Kind::ConflictingDeal { deal, first }
        };
        problems.push(Problem::new(row.at.clone(), kind).worth(amount_of(row)));
        control.repeated.add(row.amount);
    }
    History { rows }
}

/// Whether a row speaks of the same day as another and is no change since. A plain date alone makes no history: the
/// stage has to differ. And what was created on another day is another deal with the same number.
fn says_again(before: &DealRow, row: &DealRow) -> bool {
    if before.created.zip(row.created).is_some_and(|(before, after)| before != after) {
        return true;
    }
    let is_same_stage = before.stage == row.stage && before.outcome == row.outcome;
    let is_plain = |row: &DealRow| row.snapshot.is_none() && row.stage_since.is_none() && row.date.is_some();
    if is_plain(before) && is_plain(row) && is_same_stage {
        return true;
    }
    let tells_change = before.snapshot == row.snapshot && change_of(row).is_some() && !is_same_stage;
    day_of(before) == day_of(row) && !tells_change
}

impl<'a> History<'a> {
    /// The last row, with what the earlier ones say and it leaves blank.
    pub fn current(&self) -> Cow<'a, DealRow> {
        let (Some(last), true) = (self.rows.last(), self.rows.len() > 1) else { return Cow::Borrowed(self.rows[0]) };
        let mut current = (*last).clone();
        self.rows.iter().rev().skip(1).for_each(|row| current.fill_from(row));
        Cow::Owned(current)
    }

    /// The day of the export in which it stands last; nothing where a row of today follows.
    pub fn exported(&self) -> Option<NaiveDate> {
        self.rows.last()?.snapshot
    }

    /// The day of the last change of stage, where several rows tell of changes.
    pub fn last_change(&self) -> Option<NaiveDate> {
        let last = self.rows.last()?;
        if self.rows.len() > 1 { change_of(last) } else { last.stage_since }
    }

    /// The day on which it began, by its stages: the first change of a history, or the day of the first stage.
    pub fn began(&self, visits: &[Visit]) -> Option<NaiveDate> {
        let first = visits.first().filter(|visit| visit.is_exact)?;
        let is_history = self.rows.len() > 1 && self.rows.iter().all(|row| change_of(row).is_some());
        (first.stage == 0 || is_history).then_some(first.entered)
    }

    /// The stages it came to and when. What is known to the day counts for more than what exports show.
    pub fn visits(&self, stages: &[String], scope: Scope) -> Vec<Visit> {
        let mut visits: Vec<Visit> = Vec::new();
        let mut add = |stage: usize, entered: NaiveDate, is_exact: bool| {
            let is_known = visits.iter().any(|visit| (visit.stage, visit.entered) == (stage, entered));
            if entered <= scope.as_of && !is_known {
                visits.push(Visit { stage, entered, is_exact });
            }
        };
        // The last row that has the day of a stage is right about it.
        let mut dates: BTreeMap<usize, NaiveDate> = BTreeMap::new();
        for row in &self.rows {
            let known = row
                .stage_dates
                .iter()
                .filter_map(|(stage, day)| Some((stages.iter().position(|other| other == stage)?, *day)));
            dates.extend(known);
        }
        dates.into_iter().for_each(|(stage, day)| add(stage, day, true));
        for row in &self.rows {
            let Some(stage) = stage_of(row, stages) else { continue };
            let change = if self.rows.len() > 1 { change_of(row) } else { row.stage_since };
            match (change, row.snapshot) {
                (Some(day), _) => add(stage, day, true),
                (None, Some(day)) => add(stage, day, false),
                (None, None) => {}
            }
        }
        if visits.iter().any(|visit| visit.is_exact) {
            visits.retain(|visit| visit.is_exact);
        }
        visits.sort_by_key(|visit| visit.entered);
        visits.dedup_by_key(|visit| visit.stage);
        visits
    }

    /// What moved from row to row: postponements, and the amount before.
    pub fn compare(&self, deal: &mut Deal) {
        let mut expected: Option<NaiveDate> = None;
        for day in self.rows.iter().filter_map(|row| expected_close(row, standing(row, false))) {
            if let Some(before) = expected.filter(|before| *before != day) {
                deal.n_postponed += u32::from(day > before);
                deal.earlier_close = Some(before);
            }
            expected = Some(day);
        }
        let mut amounts = self.rows.iter().rev().filter_map(|row| amount_of(row)).skip(1);
        deal.earlier_amount = amounts.next();
    }

    /// How the deal stood from its first day on; nothing where its dates do not say.
    pub fn timeline(
        &self,
        deal: &Deal,
        current: &DealRow,
        gone_on: Option<NaiveDate>,
        exports: &Exports,
        scope: Scope,
        seat_on: &mut SeatOn<'_>,
    ) -> Timeline<'a> {
        let mut timeline = Timeline { states: Vec::new(), is_new_at_first: false };
        let Some(first) = self.rows.first() else { return timeline };
        let first_day = if self.rows.len() > 1 { day_of(first) } else { first.snapshot };
        let before = first.snapshot.and_then(|day| exports.before(day));
        // What an earlier export did not have came into view later, whatever its day of creation says.
        let (start, is_new) = match (deal.created, first_day) {
            (Some(created), Some(day)) if before.is_some_and(|before| created <= before) => (day, false),
            (Some(created), day) => (day.map_or(created, |day| day.min(created)), true),
            (None, Some(day)) => (day, before.is_some()),
            (None, None) => return timeline,
        };
        let is_dated = deal.closed.is_some_and(|closed| closed >= start)
            || deal.standing == Standing::Open
            || gone_on.is_some()
            || self.rows.len() > 1 && deal.closed.is_none();
        if !is_dated || start > scope.as_of {
            return timeline;
        }
        timeline.is_new_at_first = is_new;
        let (owner, seat) = seat_on(first, start);
        let mut state = State {
            from: start,
            standing: Standing::Open,
            amount: amount_of(first).or(amount_of(current)),
            expected_close: expected_close(first, deal.standing),
            seat,
        };
        timeline.states.push((state, first, owner));
        for (index, row) in self.rows.iter().copied().enumerate() {
            let is_last = index + 1 == self.rows.len();
            let day = if self.rows.len() > 1 { day_of(row).unwrap_or(scope.as_of) } else { start };
            let said = if is_last && gone_on.is_none() {
                deal.standing
            } else {
                standing(row, row.closed.is_some_and(|closed| closed > scope.as_of))
            };
            let closed = if is_last { deal.closed } else { row.closed };
            let from = if said == Standing::Open { day } else { closed.unwrap_or(day) };
            let from = from.clamp(state.from, scope.as_of.max(state.from));
            let (owner, seat) =
                if is_last && said != Standing::Open { (None, deal.held_by) } else { seat_on(row, from) };
            let next = State {
                from,
                standing: said,
                amount: amount_of(row).or(state.amount),
                expected_close: expected_close(row, said).or(state.expected_close),
                seat: if index == 0 && said == Standing::Open { state.seat } else { seat },
            };
            if (State { from: state.from, ..next }) != state {
                timeline.states.push((next, row, owner));
                state = next;
            }
        }
        if let (Some(day), Standing::Open) = (gone_on, state.standing) {
            let last = self.rows[self.rows.len() - 1];
            timeline.states.push((State { from: day, standing: Standing::Undecided, ..state }, last, None));
        }
        timeline
    }
}

/// When an open deal is expected to close. Many exports have one close date: for an open deal it is that.
pub fn expected_close(row: &DealRow, standing: Standing) -> Option<NaiveDate> {
    row.expected_close.or(row.closed.filter(|_| standing == Standing::Open))
}

/// The owner of a row as a person, and the seat that they hold on a day.
pub type SeatOn<'a> = dyn FnMut(&DealRow, NaiveDate) -> (Option<u32>, u32) + 'a;

/// The states of a deal, each with the row it is from and the owner's person.
pub struct Timeline<'a> {
    pub states: Vec<(State, &'a DealRow, Option<u32>)>,
    pub is_new_at_first: bool,
}

/// The exports that deals stand in, by their days.
pub struct Exports {
    pub days: Vec<NaiveDate>,
    /// For each day the first later export of the same deals.
    next: HashMap<NaiveDate, NaiveDate>,
}

impl Exports {
    /// Exports are of the same deals when the later one has at least half of the earlier one's.
    pub fn of(histories: &[History<'_>]) -> Self {
        let mut n_deals: BTreeMap<NaiveDate, usize> = BTreeMap::new();
        let mut shared: BTreeMap<(NaiveDate, NaiveDate), usize> = BTreeMap::new();
        for history in histories {
            let mut days: Vec<NaiveDate> = history.rows.iter().filter_map(|row| row.snapshot).collect();
            days.dedup();
            for (index, day) in days.iter().enumerate() {
                *n_deals.entry(*day).or_default() += 1;
                for later in &days[index + 1..] {
                    *shared.entry((*day, *later)).or_default() += 1;
                }
            }
        }
        let mut next = HashMap::new();
        for ((day, later), n_shared) in shared {
            if n_shared * 2 >= n_deals[&day] {
                next.entry(day).or_insert(later);
            }
        }
        Exports { days: n_deals.into_keys().collect(), next }
    }

    /// The later export of the same deals in which a deal that stands last in one of this day is missing.
    pub fn gone_after(&self, day: NaiveDate) -> Option<NaiveDate> {
        self.next.get(&day).copied()
    }

    /// The last export before a day that goes on in the one of that day.
    pub fn before(&self, day: NaiveDate) -> Option<NaiveDate> {
        let mut earlier = self.next.iter().filter(|(_, next)| **next == day).map(|(before, _)| *before);
        earlier.by_ref().max()
    }
}
