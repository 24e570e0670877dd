//! Monitoring: the days on which each indicator is due, so far this year and next.

use crate::facts::Facts;
use crate::metric::Formula;
use crate::period::cadence::Occurrence;
use crate::period::{Kind, Period, Span};

/// The due days of one indicator.
#[derive(Clone, Debug)]
pub struct MonitoringDates {
    /// Position among the indicators.
    pub monitored: usize,
    /// In time order; none where the cadence is not known.
    pub due: Vec<DueDate>,
    /// The first after the as-of day.
    pub next: Option<Occurrence>,
}

/// A day on which an indicator is due.
#[derive(Clone, Copy, Debug)]
pub struct DueDate {
    pub on: Occurrence,
    /// Whether it is not after the as-of day.
    pub is_past: bool,
    /// For a metric and a day that has passed: whether anything of it was reported for the month of that day. When it
    /// was reported, no file says.
    pub has_figures: Option<bool>,
}

/// All indicators, in the period asked for; else in the fiscal year of the period that the summary is about, to the end
/// of that period.
pub fn compute(facts: &Facts) -> Vec<MonitoringDates> {
    let as_of = facts.scope.as_of;
    let focus = super::focus(facts).unwrap_or_else(|| facts.calendar.containing(Kind::Year, as_of));
    let days = facts.calendar.span(focus);
    let year = facts.calendar.span(facts.calendar.containing(Kind::Year, days.first));
    let first = if facts.scope.period.is_some() { days.first } else { year.first };
    let span = Span { first, last: days.last };
    let dates = facts.monitored.iter().enumerate().map(|(position, monitored)| {
        let days = monitored.cadence.map(|cadence| cadence.occurrences(span, &facts.calendar, focus.kind));
        let due = days.unwrap_or_default().into_iter().map(|on| {
            let is_past = on.day <= as_of;
            let metric = monitored.metric.filter(|_| is_past);
            let month = facts.calendar.containing(Kind::Month, on.day);
            DueDate { on, is_past, has_figures: metric.map(|metric| has_figures(facts, metric, month)) }
        });
        MonitoringDates {
            monitored: position,
            due: due.collect(),
            next: monitored.cadence.and_then(|cadence| cadence.next_after(as_of, &facts.calendar, focus.kind)),
        }
    });
    dates.collect()
}

/// Whether a metric, or both sides of a rate, was reported in a month.
fn has_figures(facts: &Facts, metric: usize, month: Period) -> bool {
    let is_covered = |metric: usize| facts.ledger.is_covered(metric, &[month]);
    let Formula::Ratio { numerator, denominator } = &facts.metrics[metric].formula else { return is_covered(metric) };
    [numerator, denominator].into_iter().all(|key| facts.metrics.position(key).is_some_and(is_covered))
}
