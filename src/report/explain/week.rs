//! Weeks: what falls to them, and what they add up to.

use chrono::NaiveDate;

use crate::analysis::weekly::{PeriodWeek, WORK_DAYS_OF_A_WEEK, needed_per_week, part_of_month};
use crate::facts::Unit;
use crate::facts::ledger::{Wanted, When};
use crate::facts::planned::Answer;
use crate::measure::Amount;
use crate::period::{Kind, Period};
use crate::report::subject::Meaning;

use super::{Explainer, Group, Term, group, shown, small_is_nothing};

impl Explainer<'_> {
    pub(super) fn week(&mut self, metric: usize, first_day: NaiveDate, meaning: Meaning) {
        let findings = self.findings;
        let Some(focus) = findings.focus else { return };
        let span = findings.facts.calendar.span(focus);
        let months = findings.facts.calendar.months(focus);
        let weeks: Vec<PeriodWeek> = findings
            .period_weeks
            .iter()
            .filter(|week| week.metric == metric && week.first_day <= first_day)
            .cloned()
            .collect();
        let Some(week) = weeks.last().cloned() else { return };
        let this: Vec<_> = vec![week.clone()];
        let full_target = findings.facts.plans.get(metric, Unit::Company, focus).full.value();
        let days_of = |first: NaiveDate, last: NaiveDate| {
            self.say("explain.from_to", &[("first", &first.to_string()), ("last", &last.to_string())])
        };
        let done = |weeks: &[PeriodWeek]| -> Term {
            let all: Vec<NaiveDate> = weeks.iter().map(|week| week.first_day).collect();
            let numbers = findings.facts.units.seats_of(Unit::Company);
            let counts = self.counting(&[Unit::Company], &numbers);
            let cells = self
                .sources
                .actuals(findings.facts, &Wanted { metric, when: When::Weeks(all, months.clone()), counts: &counts });
            let value: Amount = weeks.iter().filter_map(|week| week.actual?.value()).sum();
            let lines = weeks.iter().map(|week| {
                let actual = week.actual.and_then(|actual| actual.value());
                (findings.facts.calendar.containing(Kind::Week, week.first_day).to_string(), actual)
            });
            let mut groups: Vec<Group> = group(self.word("head.week"), lines).into_iter().collect();
            if let [week] = weeks {
                let of_unit = |unit: Unit| {
                    let seats = findings.facts.units.seats_of(unit);
                    findings.facts.ledger.week_in(metric, &seats, week.first_day, &months).value()
                };
                groups = self.by_members(&[Unit::Company], of_unit);
            }
            let when = days_of(weeks[0].days.first, week.days.last);
            let name = self.name(self.word("head.ac"), metric, &[Unit::Company], &when);
            Term { name, value: Some(value), groups, cells: Some(cells), is_sum: true, notes: Vec::new() }
        };
        let planned = |weeks: &[PeriodWeek]| -> Vec<Term> {
            let lines = weeks
                .iter()
                .map(|week| (findings.facts.calendar.containing(Kind::Week, week.first_day).to_string(), week.target));
            let value = weeks.iter().map(|week| week.target).sum::<Option<Amount>>();
            let groups = group(self.word("head.week"), lines).into_iter().collect();
            let when = days_of(weeks[0].days.first, week.days.last);
            let name = self.name(self.word("head.pl"), metric, &[Unit::Company], &when);
            let parts = self.month_parts(metric, weeks);
            let notes = parts.iter().map(|(note, _)| note.clone()).collect();
            let mut months: Vec<Period> = parts.iter().map(|(_, month)| *month).collect();
            months.sort();
            months.dedup();
            let mut terms = vec![Term { name, value, groups, cells: None, is_sum: true, notes }];
            let of_month = |month| self.target(metric, &[Unit::Company], &[month], Answer::Full, false);
            terms.extend(months.into_iter().map(of_month));
            terms
        };
        let negative = findings.facts.rules.negative_target;
        let ratio = |done: Option<Amount>, planned: Option<Amount>| {
            crate::analysis::attainment::ratio(done?, planned?, negative)
        };
        let (weeks, is_running) = match meaning {
            Meaning::TargetAddedUp | Meaning::ActualAddedUp | Meaning::AttainmentAddedUp => {
                (weeks[crate::report::weekly::first_planned(&weeks)..].to_vec(), true)
            }
            Meaning::NeededPerWeek => (weeks, true),
            _ => (this, false),
        };
        let mut terms = Vec::new();
        match meaning {
            Meaning::Actual | Meaning::ActualAddedUp => {
                let term = done(&weeks);
                self.explanation.is_confirmed = term.value.map(|value| value == self.value);
                if is_running {
                    self.explanation.formula = Some(self.word("explain.formula.actual_added_up").to_string());
                } else {
                    self.explanation.formula = Some(self.word("explain.formula.week_actual").to_string());
                }
                terms.push(term);
            }
            Meaning::Target | Meaning::TargetAddedUp => {
                terms = planned(&weeks);
                self.explanation.is_confirmed =
                    terms[0].value.map(|value| small_is_nothing(value - self.value).is_zero());
                if !is_running {
                    self.explanation.formula = Some(self.word("explain.formula.week_target").to_string());
                }
            }
            Meaning::Delta | Meaning::Attainment | Meaning::AttainmentAddedUp => {
                let (of_actual, of_target) = (done(&weeks), planned(&weeks));
                let (actual, target) = (of_actual.value, of_target[0].value);
                if meaning == Meaning::Delta {
                    let difference = actual.zip(target).map(|(actual, target)| actual - target);
                    self.numbers(format!("{} − {}", shown(actual), shown(target)), difference);
                } else {
                    self.numbers(format!("{} ÷ {}", shown(actual), shown(target)), ratio(actual, target));
                }
                terms.push(of_actual);
                terms.extend(of_target);
            }
            Meaning::NeededPerWeek => {
                let of_actual = done(&weeks);
                let target = self.target(metric, &[Unit::Company], &[focus], Answer::Full, false);
                let n_days = crate::report::weekly::work_days_left(findings, &week, span);
                let missing = full_target.zip(of_actual.value).map(|(target, actual)| target - actual);
                let of_week = n_days.min(WORK_DAYS_OF_A_WEEK);
                self.numbers(
                    format!("({} − {}) ÷ {n_days} × {of_week}", shown(full_target), shown(of_actual.value)),
                    missing.and_then(|missing| needed_per_week(missing, n_days)),
                );
                terms = vec![of_actual, target];
            }
            _ => {}
        }
        self.explanation.terms = terms;
    }

    /// What each month gives to weeks, by work days, and the months.
    fn month_parts(&self, metric: usize, weeks: &[PeriodWeek]) -> Vec<(String, Period)> {
        let calendar = &self.findings.facts.calendar;
        let mut parts = Vec::new();
        for week in weeks {
            let days = week.days;
            let mut months = [days.first, days.last].map(|day| calendar.containing(Kind::Month, day)).to_vec();
            months.dedup();
            for month in months {
                let of_month = calendar.span(month);
                let Some(here) = of_month.overlap(&days) else { continue };
                let target = self.findings.facts.plans.get(metric, Unit::Company, month).full.value();
                let (here, all) = (calendar.work_days.count(here), calendar.work_days.count(of_month));
                let part = part_of_month(self.findings.facts, metric, Unit::Company, (month, days));
                let note = self.say(
                    "explain.week_part",
                    &[
                        ("week", &calendar.containing(Kind::Week, week.first_day).to_string()),
                        ("month", &month.to_string()),
                        ("target", &shown(target)),
                        ("here", &here.to_string()),
                        ("all", &all.to_string()),
                        ("part", &shown(part)),
                    ],
                );
                parts.push((note, month));
            }
        }
        parts
    }
}
