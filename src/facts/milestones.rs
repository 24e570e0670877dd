//! Tasks of the execution plan, with weeks counted from the plan's start turned into days.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use crate::cell::CellRef;
use crate::period::{Calendar, Span};
use crate::problem::{Kind, Problem};
pub use crate::tables::plan::Stated;
use crate::tables::plan::{Moment, PlanRow};

/// One task of a plan.
#[derive(Clone, Debug)]
pub struct Milestone {
    /// Where the plan names it.
    pub at: CellRef,
    pub phase: Option<String>,
    pub task: Option<String>,
    pub owner: Option<String>,
    pub start: Option<NaiveDate>,
    /// Nothing where it is blank, not understood, or counted from a start that nothing gives.
    pub due: Option<NaiveDate>,
    /// The due date as it is written.
    pub due_text: Option<String>,
    /// Whether the plan says how far its tasks are, and this one says it in words that are understood.
    pub is_tracked: bool,
    pub stated: Option<Stated>,
    pub done_on: Option<NaiveDate>,
}

/// Places the tasks in time. A plan is what stands on one sheet: it begins on the day that the settings give, else
/// on the earliest start that it states, else on the earliest day on which anything of it is due.
pub fn post(
    rows: &[PlanRow],
    start: Option<NaiveDate>,
    calendar: &Calendar,
    problems: &mut Vec<Problem>,
) -> Vec<Milestone> {
    let sheet = |row: &PlanRow| CellRef { cell: None, ..row.at.clone() };
    let mut plans: BTreeMap<CellRef, Vec<&PlanRow>> = BTreeMap::new();
    for row in rows {
        plans.entry(sheet(row)).or_default().push(row);
    }
    let mut starts: BTreeMap<CellRef, Option<NaiveDate>> = BTreeMap::new();
    for (plan, rows) in plans {
        let earliest = |moments: &mut dyn Iterator<Item = Option<Moment>>| {
            moments.flatten().filter_map(|moment| fixed(moment, calendar)).map(|days| days.first).min()
        };
        let stated = earliest(&mut rows.iter().map(|row| row.start));
        let due = || earliest(&mut rows.iter().map(|row| row.due));
        let start = start.or(stated).or_else(due);
        let is_relative = |row: &&&PlanRow| {
            [row.start, row.due].into_iter().flatten().any(|moment| matches!(moment, Moment::Weeks { .. }))
        };
        if start.is_none()
            && let Some(first) = rows.iter().find(is_relative)
        {
            let n_rows = rows.iter().filter(is_relative).count();
            let raw = first.due_text.clone().unwrap_or_default();
            problems.push(Problem::new(first.at.clone(), Kind::PlanWithoutStart { raw, n_rows }));
        }
        starts.insert(plan, start);
    }
    let milestones = rows.iter().map(|row| {
        let start = starts.get(&sheet(row)).copied().flatten();
        let days = |moment: Option<Moment>| match moment? {
            Moment::Weeks { first, last } => weeks_from(start?, first, last),
            moment => fixed(moment, calendar),
        };
        let due = days(row.due);
        // Weeks say when a task begins, too; a day or a month says only when it ends.
        let from_due = due.filter(|_| matches!(row.due, Some(Moment::Weeks { .. })));
        Milestone {
            at: row.at.clone(),
            phase: row.phase.clone(),
            task: row.task.clone(),
            owner: row.owner.clone(),
            start: days(row.start).or(from_due).map(|days| days.first),
            due: due.map(|days| days.last),
            due_text: row.due_text.clone(),
            is_tracked: row.is_tracked && !row.is_progress_unreadable,
            stated: row.stated,
            done_on: row.done_on,
        }
    });
    milestones.collect()
}

/// The days of a moment that needs no start.
fn fixed(moment: Moment, calendar: &Calendar) -> Option<Span> {
    match moment {
        Moment::On(day) => Some(Span::day(day)),
        Moment::In(period) => Some(calendar.span(period)),
        Moment::Weeks { .. } => None,
    }
}

/// The days of weeks of a plan: week 1 is its first seven days.
fn weeks_from(start: NaiveDate, first: u32, last: u32) -> Option<Span> {
    let after = |weeks: u32| start.checked_add_days(Days::new(7 * u64::from(weeks)));
    Some(Span { first: after(first.checked_sub(1)?)?, last: after(last)?.pred_opt()? })
}
