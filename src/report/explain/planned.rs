//! What was planned: the typed cells that make up a target.

use crate::facts::Unit;
use crate::facts::planned::{Answer, Basis};
use crate::measure::Amount;
use crate::period::Period;

use super::{Explainer, Term, group};

impl Explainer<'_> {
    pub(super) fn target(
        &self,
        metric: usize,
        units: &[Unit],
        periods: &[Period],
        answer: Answer,
        is_budget: bool,
    ) -> Term {
        let facts = &self.findings.facts;
        let plans = if is_budget { &facts.budgeted } else { &facts.plans };
        let is_rate = facts.metrics[metric].formula.is_rate();
        let value_of = |unit: Unit, period: Period| plans.get(metric, unit, period).of(answer);
        let all = || units.iter().flat_map(|unit| periods.iter().map(move |period| (*unit, *period)));
        let values: Vec<Amount> = all().filter_map(|(unit, period)| value_of(unit, period)).collect();
        let value = (!values.is_empty()).then(|| values.iter().copied().sum());
        let mut cells = Vec::new();
        for (unit, period) in all() {
            cells.extend(self.sources.targets(facts, (metric, unit, period), answer, is_budget));
        }
        let origins = self.sources.origins(facts, is_budget);
        // A unit with one member is that member.
        let basis_of = |unit: Unit, period: Period| {
            let mut basis = origins.basis(metric, unit, period, answer);
            while let Basis::Members(members) = &basis
                && let [only] = members[..]
            {
                basis = origins.basis(metric, only, period, answer);
            }
            basis
        };
        let mut groups = Vec::new();
        let mut notes = Vec::new();
        match (units, periods) {
            ([unit], [period]) => match basis_of(*unit, *period) {
                Basis::Typed => notes.push(self.word("explain.typed").to_string()),
                Basis::Parts(parts) => {
                    let lines = parts.iter().map(|part| (self.findings.period_name(*part), value_of(*unit, *part)));
                    groups.extend(group(self.word("head.period"), lines));
                }
                Basis::Members(_) => groups = self.by_members(units, |member| value_of(member, *period)),
            },
            ([unit], several) => {
                let lines = several.iter().map(|period| (self.findings.period_name(*period), value_of(*unit, *period)));
                groups.extend(group(self.word("head.period"), lines));
            }
            (several, [period]) => groups = self.by_members(several, |member| value_of(member, *period)),
            _ => {}
        }
        if is_rate {
            groups.clear();
            notes.push(self.word("explain.typed_rates").to_string());
        }
        let code = match (answer, is_budget) {
            (_, true) => self.word("head.budget").to_string(),
            (Answer::Full, _) => self.word("head.period_target").to_string(),
            (Answer::Begun, _) => self.word("head.pl").to_string(),
            (Answer::Due, _) => self.word("explain.due").to_string(),
        };
        let when = match periods {
            [only] => self.findings.period_words(*only),
            several => self.when(&several.iter().map(|period| (*period, true)).collect::<Vec<_>>()),
        };
        let name = self.name(&code, metric, units, &when);
        Term { name, value, groups, cells: Some(cells), is_sum: !is_rate, notes }
    }
}
