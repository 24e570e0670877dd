//! People in a period: when they are assigned, with which share, and what belongs beside their main figure.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::facts::roster::WHOLE;
use crate::facts::{Facts, Unit};
use crate::measure::{Amount, Ratio, Tally};
use crate::period::{Period, Span};

use super::attainment::Attainment;

/// A person, or the company, in a period.
#[derive(Clone, Debug)]
pub struct PersonFigures {
    pub unit: Unit,
    /// Nothing for whoever stands for several.
    pub assignment: Option<Assignment>,
    pub new_customers: Tally,
    /// Payments ÷ sales of the period.
    pub collection_rate: Option<Ratio>,
}

/// When and how far somebody is assigned.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Assignment {
    /// Stretches of days in which somebody is assigned, in order: those that touch the period, else the nearest one.
    /// An end that is not given is the first or last day there is.
    pub windows: Vec<Span>,
    /// Work days of the period in which somebody is assigned.
    pub days: i64,
    /// Work days of the period.
    pub all_days: i64,
    /// The share of somebody's credit that goes to a team or region, on average over the days on which it does; empty
    /// where each has the whole of it on its days.
    pub shares: Vec<(Unit, Ratio)>,
}

impl Assignment {
    /// Whether it is only for a part of the period.
    pub fn is_partial(&self) -> bool {
        self.days < self.all_days
    }

    /// Whether it begins or ends on any day.
    pub fn is_dated(&self) -> bool {
        self.windows.iter().any(|window| *window != ALWAYS)
    }
}

/// Without a first and a last day.
const ALWAYS: Span = Span { first: chrono::NaiveDate::MIN, last: chrono::NaiveDate::MAX };

/// Everybody in a period, and the company.
pub fn compute(facts: &Facts, attainment: &[Attainment], period: Option<Period>) -> Vec<PersonFigures> {
    let Some(period) = period else { return Vec::new() };
    let of_period = |figure: &&Attainment| figure.period == period;
    let actuals: FxHashMap<(usize, Unit), Tally> =
        attainment.iter().filter(of_period).map(|figure| ((figure.metric, figure.unit), figure.actual)).collect();
    let actual = |key: &str, unit: Unit| {
        let metric = facts.metrics.position(key)?;
        actuals.get(&(metric, unit)).copied()
    };
    let people = facts.units.people_ids().map(Unit::Person);
    let figures = people.chain([Unit::Company]).map(|unit| {
        let value = |key: &str| actual(key, unit)?.value();
        PersonFigures {
            unit,
            assignment: match unit {
                Unit::Person(person) if facts.units.name(unit).is_some() => Some(assignment(facts, person, period)),
                _ => None,
            },
            new_customers: actual("new_customers", unit).unwrap_or(Tally::NOTHING),
            collection_rate: value("payment").zip(value("sales_amount")).and_then(|(paid, sold)| paid.ratio_to(sold)),
        }
    });
    figures.collect()
}

fn assignment(facts: &Facts, person: u32, period: Period) -> Assignment {
    let days = facts.calendar.span(period);
    let count = |span: Span| facts.calendar.work_days.count(span);
    let mut windows: Vec<Span> = Vec::new();
    let mut assigned = 0;
    // Σ weight × days, and Σ days, of each home.
    let mut homes: BTreeMap<Unit, (i64, i64)> = BTreeMap::new();
    let mut is_shared = false;
    for stint in facts.units.stints(person).iter().filter(|stint| !stint.outside) {
        match windows.last_mut().filter(|before| before.last.succ_opt() == Some(stint.span.first)) {
            Some(before) => before.last = stint.span.last,
            None => windows.push(stint.span),
        }
        let Some(here) = stint.span.overlap(&days) else { continue };
        assigned += count(here);
        let n_days = (here.last - here.first).num_days() + 1;
        for (team, region, weight) in &stint.parts {
            // The rest of a share belongs nowhere; in a reader's facts, what has no team there is the reader's.
            let of_reader = facts.units.split().map(|_| Unit::Company);
            let Some(home) = team.map(Unit::Team).or(region.map(Unit::Region)).or(of_reader) else { continue };
            is_shared |= *weight != WHOLE;
            let sums = homes.entry(home).or_default();
            sums.0 += weight * n_days;
            sums.1 += n_days;
        }
    }
    let touching: Vec<Span> = windows.iter().copied().filter(|window| window.overlap(&days).is_some()).collect();
    if touching.is_empty() {
        // Whoever left is seen by their last assignment, whoever is still to come by their first.
        let nearest = windows.iter().rev().find(|window| window.last < days.first).or(windows.first()).copied();
        windows = nearest.into_iter().collect();
    } else {
        windows = touching;
    }
    let share = |(home, (weighted, n_days)): (Unit, (i64, i64))| {
        let whole = n_days.checked_mul(WHOLE)?;
        Some((home, Amount::whole(weighted).ratio_to(Amount::whole(whole))?))
    };
    let shares = homes.into_iter().filter(|_| is_shared).filter_map(share).collect();
    Assignment { windows, days: assigned, all_days: count(days), shares }
}
