//! Formulas over facts. Pure: no cell, no text, no problem, and nothing here can fail.

pub mod allocation;
pub mod attainment;
pub mod bridge;
pub mod budget;
pub mod deal_alerts;
pub mod deals;
pub mod deviations;
pub mod drivers;
pub mod forecast;
pub mod funnel;
pub mod milestones;
pub mod monitoring;
pub mod pacing;
pub mod people;
pub mod pipeline;
pub mod shortfall;
pub mod stage_flows;
pub mod stages;
pub mod variance;
pub mod weekly;

use crate::facts::Facts;
use crate::period::{Kind, Period, Span};

/// The periods to report: those the facts cover that have begun, within the period asked for.
pub fn periods(facts: &Facts) -> Vec<Period> {
    begun_periods(facts).into_iter().filter(|period| is_wanted(facts, *period)).collect()
}

/// Whether a period lies within the one asked for.
fn is_wanted(facts: &Facts, period: Period) -> bool {
    let days = facts.calendar.span(period);
    let wanted = facts.scope.period.map(|period| facts.calendar.span(period));
    wanted.is_none_or(|wanted| wanted.first <= days.first && days.last <= wanted.last)
}

/// Whether a period of deals is reported; nothing is all periods together.
fn is_reported(facts: &Facts, period: Option<Period>) -> bool {
    period.map_or(facts.scope.period.is_none(), |period| is_wanted(facts, period))
}

/// All periods that the facts cover and that have begun.
fn begun_periods(facts: &Facts) -> Vec<Period> {
    let Some(span) = facts.span else { return Vec::new() };
    let last = span.last.min(facts.scope.as_of);
    if last < span.first {
        return Vec::new();
    }
    facts.calendar.periods_within(Span { first: span.first, last })
}

/// The period that the summary is about: the one asked for, or the coarsest one that is
/// planned in more than one of its parts, seen from the as-of day.
pub fn focus(facts: &Facts) -> Option<Period> {
    facts.scope.period.or_else(|| own_focus(facts))
}

/// The same when no period is asked for: what the register of deviations is about, in every run.
pub fn own_focus(facts: &Facts) -> Option<Period> {
    let last = facts.span?.last.min(facts.scope.as_of);
    let candidates = [Kind::Year, Kind::Quarter, Kind::Month].map(|kind| facts.calendar.containing(kind, last));
    let n_months = |period: Period| {
        let months =
            facts.plans.metrics().map(|metric| facts.plans.get(metric, crate::facts::Unit::Company, period).n_months());
        months.max().unwrap_or(0)
    };
    let [year, quarter, month] = candidates;
    if n_months(year) > n_months(quarter) {
        return Some(year);
    }
    if n_months(quarter) > n_months(month) {
        return Some(quarter);
    }
    if n_months(month) > 0 { Some(month) } else { Some(year) }
}
