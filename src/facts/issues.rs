//! Issues joined: whom and what an employee's report is about.

use chrono::NaiveDate;

use crate::cell::CellRef;
use crate::metric::Metrics;
use crate::period::Scope;
use crate::problem::{Kind, Problem};
use crate::tables::issues::IssueRow;

use super::readers::Narrowing;
use super::{Unit, Units};

/// One report.
#[derive(Clone, Debug)]
pub struct Issue {
    pub at: CellRef,
    /// Nothing when the date could not be read.
    pub day: Option<NaiveDate>,
    pub reporter: Option<String>,
    pub unit: Unit,
    /// Position among the metrics.
    pub metric: Option<usize>,
    pub description: String,
    /// Whether the reporter is not to be named: they are not among those whom a reader of a pack sees.
    pub is_anonymous: bool,
}

impl Issue {
    /// The report as a reader sees it; nothing when it is about others.
    pub(super) fn narrowed(&self, to: &Narrowing<'_>) -> Option<Issue> {
        let unit = to.unit(self.unit)?;
        let is_anonymous = !to.has_person(self.reporter.as_deref());
        Some(Issue { at: CellRef::default(), unit, is_anonymous, ..self.clone() })
    }
}

/// Joins the reports of up to the as-of day; each that stands twice counts once.
pub fn post(
    rows: &[IssueRow],
    units: &mut Units,
    metrics: &Metrics,
    scope: Scope,
    problems: &mut Vec<Problem>,
) -> Vec<Issue> {
    let mut issues: Vec<Issue> = Vec::new();
    let mut after: Option<(CellRef, usize)> = None;
    for row in rows {
        if row.day.is_some_and(|day| day > scope.as_of) {
            after.get_or_insert((row.at.clone(), 0)).1 += 1;
            continue;
        }
        let unit = if row.unit.is_blank() { Unit::Company } else { units.resolve(&row.unit, &row.unit_at, problems) };
        let is_same = |issue: &Issue| {
            (issue.day, &issue.reporter, issue.unit, &issue.description)
                == (row.day, &row.reporter, unit, &row.description)
        };
        if issues.iter().any(is_same) {
            continue;
        }
        issues.push(Issue {
            at: row.at.clone(),
            day: row.day,
            reporter: row.reporter.clone(),
            unit,
            metric: row.metric.as_deref().and_then(|metric| metrics.position(metric)),
            description: row.description.clone(),
            is_anonymous: false,
        });
    }
    if let Some((at, n_rows)) = after {
        problems.push(Problem::new(at, Kind::AfterAsOf { n_rows, as_of: scope.as_of.to_string() }));
    }
    issues
}
