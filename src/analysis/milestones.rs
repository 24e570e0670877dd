//! Milestones: how far the tasks of a plan are, and how late, on the as-of day.

use chrono::NaiveDate;

use crate::facts::Facts;
use crate::facts::milestones::{Milestone, Stated};

use super::pacing::Status;

/// Days after which a task is late, and no longer slightly so.
pub const SLIGHTLY_LATE_DAYS: i64 = 7;

/// How a task stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Standing {
    Done,
    /// Open, and not due yet.
    OnTime,
    /// Open, and due up to seven days ago.
    SlightlyLate,
    Late,
    /// Nothing says whether it is done.
    NotReported,
    /// Open, and nothing says when it is due.
    NoDueDate,
    /// Given up, and never late.
    Cancelled,
}

impl Standing {
    pub const ALL: [Standing; 7] = [
        Standing::Done,
        Standing::OnTime,
        Standing::SlightlyLate,
        Standing::Late,
        Standing::NotReported,
        Standing::NoDueDate,
        Standing::Cancelled,
    ];

    pub fn key(self) -> &'static str {
        match self {
            Standing::Done => "done",
            Standing::OnTime => "on_time",
            Standing::SlightlyLate => "slightly_late",
            Standing::Late => "late",
            Standing::NotReported => "not_reported",
            Standing::NoDueDate => "no_due_date",
            Standing::Cancelled => "cancelled",
        }
    }
}

/// How one task stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MilestoneFigures {
    /// Position among the milestones.
    pub milestone: usize,
    pub standing: Standing,
    /// The day on which it was done, if that is not after the as-of day.
    pub done_on: Option<NaiveDate>,
    /// Calendar days from the due date to the day it was done, negative when early; for an open task to the as-of day,
    /// and 0 when it is not due yet. Nothing where either day is not known.
    pub days_late: Option<i64>,
}

impl MilestoneFigures {
    /// The mark beside it: by lateness, of tasks that are done, too.
    pub fn status(&self) -> Status {
        match (self.standing, self.days_late) {
            (Standing::NotReported | Standing::NoDueDate | Standing::Cancelled, _) => Status::NoData,
            (_, Some(days)) if days > SLIGHTLY_LATE_DAYS => Status::Behind,
            (_, Some(1..)) => Status::AtRisk,
            (Standing::Done, _) => Status::Done,
            _ => Status::OnTrack,
        }
    }
}

/// All tasks, in the order of the plan.
pub fn compute(facts: &Facts) -> Vec<MilestoneFigures> {
    let as_of = facts.scope.as_of;
    facts.milestones.iter().enumerate().map(|(position, task)| figures(position, task, as_of)).collect()
}

fn figures(milestone: usize, task: &Milestone, as_of: NaiveDate) -> MilestoneFigures {
    // The day decides where there is one; what was done after the as-of day is not done yet.
    let is_done = task.done_on.map_or(task.stated == Some(Stated::Done), |day| day <= as_of);
    let done_on = task.done_on.filter(|day| *day <= as_of);
    let late = |day: NaiveDate| task.due.map(|due| (day - due).num_days());
    let days_late = if is_done { done_on.and_then(late) } else { late(as_of).map(|days| days.max(0)) };
    let standing = match days_late {
        _ if is_done => Standing::Done,
        _ if task.stated == Some(Stated::Cancelled) => Standing::Cancelled,
        _ if !task.is_tracked => Standing::NotReported,
        None => Standing::NoDueDate,
        Some(0) => Standing::OnTime,
        Some(days) if days <= SLIGHTLY_LATE_DAYS => Standing::SlightlyLate,
        Some(_) => Standing::Late,
    };
    let days_late = days_late.filter(|_| !matches!(standing, Standing::NotReported | Standing::Cancelled));
    MilestoneFigures { milestone, standing, done_on, days_late }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::CellRef;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// A task due on 20 March 2026, seen on the 27th.
    fn seen(stated: Option<Stated>, done_on: Option<&str>, is_tracked: bool) -> (Standing, Option<i64>, Status) {
        let task = Milestone {
            at: CellRef::default(),
            phase: None,
            task: None,
            owner: None,
            start: None,
            due: Some(day("2026-03-20")),
            due_text: None,
            is_tracked,
            stated,
            done_on: done_on.map(day),
        };
        let figures = figures(0, &task, day("2026-03-27"));
        (figures.standing, figures.days_late, figures.status())
    }

    #[test]
    fn tasks_by_what_is_known_of_them() {
        assert_eq!(seen(Some(Stated::Done), Some("2026-03-18"), true), (Standing::Done, Some(-2), Status::Done));
        assert_eq!(seen(None, Some("2026-03-27"), true), (Standing::Done, Some(7), Status::AtRisk));
        assert_eq!(seen(Some(Stated::Done), None, true), (Standing::Done, None, Status::Done));
        // Done tomorrow is not done.
        assert_eq!(
            seen(Some(Stated::Done), Some("2026-03-28"), true),
            (Standing::SlightlyLate, Some(7), Status::AtRisk)
        );
        assert_eq!(seen(Some(Stated::InProgress), None, true), (Standing::SlightlyLate, Some(7), Status::AtRisk));
        // What was given up is not late; what was given up and has a day of completion was done.
        assert_eq!(seen(Some(Stated::Cancelled), None, true), (Standing::Cancelled, None, Status::NoData));
        assert_eq!(seen(Some(Stated::Cancelled), Some("2026-03-20"), true), (Standing::Done, Some(0), Status::Done));
        // A plan without progress says nothing about being late.
        assert_eq!(seen(None, None, false), (Standing::NotReported, None, Status::NoData));
    }

    #[test]
    fn open_tasks_by_their_days() {
        let open = |due: Option<&str>| {
            let task = Milestone {
                at: CellRef::default(),
                phase: None,
                task: None,
                owner: None,
                start: None,
                due: due.map(day),
                due_text: None,
                is_tracked: true,
                stated: None,
                done_on: None,
            };
            let figures = figures(0, &task, day("2026-03-27"));
            (figures.standing, figures.days_late)
        };
        assert_eq!(open(Some("2026-03-27")), (Standing::OnTime, Some(0)));
        assert_eq!(open(Some("2026-03-26")), (Standing::SlightlyLate, Some(1)));
        assert_eq!(open(Some("2026-03-20")), (Standing::SlightlyLate, Some(7)));
        assert_eq!(open(Some("2026-03-19")), (Standing::Late, Some(8)));
        assert_eq!(open(None), (Standing::NoDueDate, None));
    }
}
