//! What was done: the readings that make up an actual, by member and month.

use std::collections::BTreeSet;

use crate::facts::Unit;
use crate::facts::ledger::{Wanted, When};
use crate::measure::{Amount, Tally};
use crate::metric::Formula;
use crate::period::Period;

use super::{Explainer, Group, Term, group};

impl Explainer<'_> {
    /// What was done for a metric that is added up, or is a level.
    pub(super) fn actual(
        &self,
        code: &str,
        metric: usize,
        units: &[Unit],
        months: &[(Period, bool)],
        filled: bool,
    ) -> Term {
        let facts = &self.findings.facts;
        let numbers: BTreeSet<u32> = units.iter().flat_map(|unit| facts.units.seats_of(*unit)).collect();
        let numbers: Vec<u32> = numbers.into_iter().collect();
        let sum = |numbers: &[u32], months: &[(Period, bool)]| self.sum(metric, numbers, months);
        let reported = sum(&numbers, months);
        let is_level = facts.ledger.is_level(metric);
        let when = if is_level {
            let (all, whole): (Vec<Period>, Vec<bool>) = months.iter().copied().unzip();
            let whole = whole.last().copied().unwrap_or(true);
            facts.ledger.days_of_level(metric, &all, whole).map_or(When::Months(Vec::new()), When::LastOf)
        } else {
            When::Months(months.to_vec())
        };
        let counts = self.counting(units, &numbers);
        let cells = self.sources.actuals(facts, &Wanted { metric, when, counts: &counts });
        let mut groups = self.by_members(units, |unit| sum(&facts.units.seats_of(unit), months).value());
        if !is_level && months.len() > 1 {
            let by_months = months.iter().map(|month| {
                let name = self.findings.period_name(month.0);
                (name, sum(&numbers, &[*month]).value())
            });
            groups.extend(group(self.word("explain.by_months"), by_months));
        }
        let mut notes = Vec::new();
        let mut value = reported.value();
        if value.is_none() && filled {
            value = Some(Amount::ZERO);
            notes.push(self.word("explain.nothing_reported").to_string());
        }
        if reported.n_unreadable > 0 {
            notes.push(self.say("note.unreadable", &[("n_cells", &reported.n_unreadable.to_string())]));
        }
        if is_level {
            notes.push(self.word("explain.level").to_string());
        }
        let name = self.name(code, metric, units, &self.when(months));
        Term { name, value, groups, cells: Some(cells), is_sum: true, notes }
    }

    pub(super) fn sum(&self, metric: usize, numbers: &[u32], months: &[(Period, bool)]) -> Tally {
        let ledger = &self.findings.facts.ledger;
        if ledger.is_level(metric) {
            let (all, whole): (Vec<Period>, Vec<bool>) = months.iter().copied().unzip();
            return ledger.sum(metric, numbers, &all, whole.last().copied().unwrap_or(true));
        }
        months.iter().map(|(month, whole)| ledger.sum(metric, numbers, &[*month], *whole)).sum()
    }

    /// Which readings count for units: those of their seats, of their items, or of them as customers.
    pub(super) fn counting(&self, units: &[Unit], numbers: &[u32]) -> impl Fn(u32, Option<u32>, Option<u32>) -> bool {
        let numbers: BTreeSet<u32> = numbers.iter().copied().collect();
        let first = units.first().copied();
        move |seat: u32, item: Option<u32>, customer: Option<u32>| match first {
            Some(Unit::Customer(_)) => {
                customer.is_some_and(|customer| numbers.contains(&crate::facts::Units::customer_number(customer)))
            }
            Some(Unit::Product(_) | Unit::Segment(_) | Unit::Item(_)) => {
                item.is_some_and(|item| numbers.contains(&crate::facts::Units::ledger_number(item)))
            }
            _ => numbers.contains(&seat),
        }
    }

    /// A figure by its members: of several units themselves.
    pub(super) fn by_members(&self, units: &[Unit], value: impl Fn(Unit) -> Option<Amount>) -> Vec<Group> {
        let members = match units {
            [unit] => self.findings.facts.units.children(*unit),
            several => several.to_vec(),
        };
        let whole = if units.len() == 1 { units.first().copied() } else { None };
        let lines = members.into_iter().map(|member| (self.member_name(member, whole), value(member)));
        group(self.word("explain.by_members"), lines).into_iter().collect()
    }

    /// A member's name; of a person's seats, where they are.
    fn member_name(&self, member: Unit, whole: Option<Unit>) -> String {
        let units = &self.findings.facts.units;
        let name = self.findings.unit_name(member);
        match (member, whole) {
            (Unit::Seat(seat), Some(Unit::Person(_))) => {
                let seat = &units.seats()[seat as usize];
                let place = seat.team.map(Unit::Team).or(seat.region.map(Unit::Region));
                place.map_or(name, |place| self.findings.unit_name(place))
            }
            (Unit::Item(item), _) => {
                let parts = units.item_parts(item);
                let names = [parts.product.map(Unit::Product), parts.segment.map(Unit::Segment)];
                let names = names.into_iter().flatten().map(|part| self.findings.unit_name(part));
                names.collect::<Vec<_>>().join(" · ")
            }
            _ => name,
        }
    }

    /// What was done, of a rate its two sums.
    pub(super) fn actuals(
        &self,
        code: &str,
        metric: usize,
        units: &[Unit],
        months: &[(Period, bool)],
        filled: bool,
    ) -> Vec<Term> {
        match self.parts_of_rate(metric) {
            None => vec![self.actual(code, metric, units, months, filled)],
            Some((above, below)) => {
                vec![self.actual(code, above, units, months, filled), self.actual(code, below, units, months, false)]
            }
        }
    }

    pub(super) fn parts_of_rate(&self, metric: usize) -> Option<(usize, usize)> {
        let metrics = &self.findings.facts.metrics;
        match &metrics[metric].formula {
            Formula::Ratio { numerator, denominator } => metrics.position(numerator).zip(metrics.position(denominator)),
            Formula::Sum | Formula::Last => None,
        }
    }
}
