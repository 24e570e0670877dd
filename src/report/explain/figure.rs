//! Figures of a unit and a period: attainment, pace, variance, forecast.

use crate::analysis::attainment::{Attainment, months_before};
use crate::analysis::forecast::Method;
use crate::analysis::variance::{Base, Variance};
use crate::facts::Unit;
use crate::facts::planned::Answer;
use crate::measure::Amount;
use crate::period::{Kind, Period};
use crate::report::subject::Meaning;

use super::{Explainer, Term, full, group, shown};

impl Explainer<'_> {
    pub(super) fn figure(&mut self, metric: usize, units: &[Unit], period: Period, meaning: Meaning) {
        let findings = self.findings;
        let facts = &findings.facts;
        let is_it = |figure: &&Attainment| figure.metric == metric && figure.period == period && units == [figure.unit];
        let figure = findings.attainment.iter().find(is_it);
        let is_rate = self.parts_of_rate(metric).is_some();
        let months: Vec<(Period, bool)> =
            facts.calendar.months(period).into_iter().map(|month| (month, true)).collect();
        let filled = figure.is_some_and(|figure| figure.actual.value().is_some());
        let (ac, pl, py, bu) = (self.word("head.ac"), Answer::Begun, self.word("head.py"), true);
        let before = months_before(facts, period);
        // Terms are asked for only where the formula has them.
        let actuals = |this: &Self| this.actuals(ac, metric, units, &months, filled);
        let priors = |this: &Self| this.actuals(py, metric, units, &before, false);
        let target = |this: &Self, answer| this.target(metric, units, &[period], answer, false);
        let value_of = |terms: &[Term]| match terms {
            [above, below] => above.value.zip(below.value).and_then(|(above, below)| above.ratio_to(below)),
            terms => terms.first().and_then(|term| term.value),
        };
        let difference = |a: Option<Amount>, b: Option<Amount>| a.zip(b).map(|(a, b)| a - b);
        match meaning {
            Meaning::Actual | Meaning::PriorYear => {
                let terms = if meaning == Meaning::Actual { actuals(self) } else { priors(self) };
                let left = terms.iter().map(|term| shown(term.value)).collect::<Vec<_>>().join(" ÷ ");
                if is_rate {
                    self.numbers(left, value_of(&terms));
                    self.explanation.formula = Some(self.word("explain.formula.rate").to_string());
                } else {
                    self.explanation.is_confirmed = value_of(&terms).map(|value| value == self.value);
                }
                self.explanation.terms = terms;
            }
            Meaning::Target | Meaning::PeriodTarget | Meaning::Budget => {
                let answer = if meaning == Meaning::PeriodTarget { Answer::Full } else { pl };
                let term = self.target(metric, units, &[period], answer, meaning == Meaning::Budget);
                self.explanation.is_confirmed = term.value.map(|value| value == self.value);
                self.explanation.terms = vec![term];
            }
            Meaning::Forecast => self.forecast(figure, actuals(self), &before, metric, units),
            Meaning::Attainment | Meaning::PeriodAttainment => {
                let terms = actuals(self);
                let answer = if meaning == Meaning::Attainment { pl } else { Answer::Full };
                let target = target(self, answer);
                let (done, planned) = (value_of(&terms), target.value);
                let negative = facts.rules.negative_target;
                let ratio = done
                    .zip(planned)
                    .and_then(|(done, planned)| crate::analysis::attainment::ratio(done, planned, negative));
                let quotient = format!("{} ÷ {}", shown(done), shown(planned));
                let is_negative = planned.is_some_and(Amount::is_negative);
                self.numbers(if is_negative { format!("2 − {quotient}") } else { quotient }, ratio);
                self.explanation.terms = terms;
                self.explanation.terms.push(target);
            }
            Meaning::Pace => {
                let (due, target) = (target(self, Answer::Due), target(self, pl));
                let ratio = due.value.zip(target.value).and_then(|(due, target)| due.ratio_to(target));
                self.numbers(format!("{} ÷ {}", shown(due.value), shown(target.value)), ratio);
                self.explanation.terms = vec![due, target];
            }
            Meaning::Lead => self.lead(figure, actuals(self), target(self, Answer::Due), target(self, pl)),
            Meaning::Delta | Meaning::DeltaPercent => {
                let (terms, target) = (actuals(self), target(self, pl));
                self.delta(value_of(&terms), target.value, meaning == Meaning::DeltaPercent, is_rate);
                self.explanation.terms = terms;
                self.explanation.terms.push(target);
            }
            Meaning::DeltaBudget | Meaning::DeltaBudgetPercent => {
                let terms = actuals(self);
                let target = self.target(metric, units, &[period], pl, bu);
                self.delta(value_of(&terms), target.value, meaning == Meaning::DeltaBudgetPercent, is_rate);
                self.explanation.terms = terms;
                self.explanation.terms.push(target);
            }
            Meaning::DeltaPriorYear | Meaning::DeltaPriorYearPercent => {
                let (terms, prior) = (actuals(self), priors(self));
                let (done, base) = (value_of(&terms), value_of(&prior));
                // Offerings that were bought in one of the two years only: nothing is zero there.
                let is_offering = figure.is_none();
                let or_zero = |value: Option<Amount>| value.or(is_offering.then_some(Amount::ZERO));
                let is_percent = meaning == Meaning::DeltaPriorYearPercent && !is_rate;
                self.delta(or_zero(done), or_zero(base), is_percent, is_rate);
                self.explanation.terms = terms;
                self.explanation.terms.extend(prior);
            }
            Meaning::YearToDate => {
                let periods = self.year_to_date(period);
                let months: Vec<(Period, bool)> = periods
                    .iter()
                    .flat_map(|period| facts.calendar.months(*period))
                    .map(|month| (month, true))
                    .collect();
                let done = self.actuals(ac, metric, units, &months, true);
                let planned = self.target(metric, units, &periods, pl, false);
                let ratio = value_of(&done).zip(planned.value).and_then(|(done, planned)| {
                    crate::analysis::attainment::ratio(done, planned, facts.rules.negative_target)
                });
                self.numbers(format!("{} ÷ {}", shown(value_of(&done)), shown(planned.value)), ratio);
                self.explanation.terms = done;
                self.explanation.terms.push(planned);
            }
            Meaning::Required => {
                let (terms, target) = (actuals(self), target(self, Answer::Full));
                let days = figure.map_or(0, |figure| figure.elapsed.days_left);
                let missing = difference(target.value, value_of(&terms));
                let left = format!("({} − {}) ÷ {days}", shown(target.value), shown(value_of(&terms)));
                self.numbers(left, missing.and_then(|missing| missing.ratio_to(Amount::whole(days))));
                self.explanation.terms = terms;
                self.explanation.terms.push(target);
            }
            Meaning::NewCustomers => {
                let terms = self.beside(&["new_customers"], units, period, &months);
                self.explanation.is_confirmed = value_of(&terms).map(|value| value == self.value);
                self.explanation.terms = terms;
            }
            Meaning::CollectionRate => {
                let terms = self.beside(&["payment", "sales_amount"], units, period, &months);
                let left = terms.iter().map(|term| shown(term.value)).collect::<Vec<_>>().join(" ÷ ");
                self.numbers(left, value_of(&terms));
                self.explanation.terms = terms;
            }
            Meaning::Contribution | Meaning::Cumulative => {
                self.contribution(metric, units, period, meaning == Meaning::Cumulative);
                if meaning == Meaning::Contribution {
                    let base = self.base_of(metric, units, period);
                    self.explanation.terms.extend(actuals(self));
                    if base == Base::Plan {
                        self.explanation.terms.push(target(self, pl));
                    } else {
                        self.explanation.terms.extend(priors(self));
                    }
                }
            }
            _ => {}
        }
    }

    /// What was done for other metrics than the line's.
    fn beside(&self, metrics: &[&str], units: &[Unit], period: Period, months: &[(Period, bool)]) -> Vec<Term> {
        let findings = self.findings;
        let metrics = metrics.iter().filter_map(|key| findings.facts.metrics.position(key));
        let term = |metric: usize| {
            let is_it =
                |figure: &&Attainment| (figure.metric, figure.period) == (metric, period) && units == [figure.unit];
            let figure = findings.attainment.iter().find(is_it);
            let filled = figure.is_some_and(|figure| figure.actual.value().is_some());
            self.actual(self.word("head.ac"), metric, units, months, filled)
        };
        metrics.map(term).collect()
    }

    /// Actual − base, or that ÷ |base|; of a rate in points.
    fn delta(&mut self, done: Option<Amount>, base: Option<Amount>, is_percent: bool, is_rate: bool) {
        let difference = done.zip(base).map(|(done, base)| done - base);
        let text = format!("{} − {}", shown(done), shown(base));
        match (is_rate, is_percent) {
            (true, _) => {
                let result = difference.map(|value| value * Amount::whole(100));
                // Some columns hold fractions where others hold points: both are the same difference.
                let is_fraction = result.is_some_and(|result| result != self.value) && difference == Some(self.value);
                if is_fraction {
                    self.numbers(text, difference);
                } else {
                    self.numbers(format!("({text}) × 100"), result);
                }
            }
            (false, false) => self.numbers(text, difference),
            (false, true) => {
                let ratio = difference.zip(base).and_then(|(difference, base)| difference.ratio_to(base.abs()));
                self.numbers(format!("({text}) ÷ |{}|", shown(base)), ratio);
            }
        }
    }

    fn lead(&mut self, figure: Option<&Attainment>, terms: Vec<Term>, due: Term, target: Term) {
        let Some(figure) = figure else { return };
        let due_value = if figure.accumulates() { due.value } else { target.value };
        let done = figure.planned_actual;
        let mut left = format!("({} − {}) ÷ |{}| × 100", shown(done), shown(due_value), shown(target.value));
        let lead = done.zip(due_value).zip(target.value).and_then(|((done, due), target)| {
            (done - due).ratio_to(target.abs()).map(|lead| lead * Amount::whole(100))
        });
        let is_turned = figure.polarity == crate::metric::Polarity::LowerBetter;
        if is_turned {
            left = format!("−{left}");
        }
        self.numbers(left, if is_turned { lead.map(|lead| -lead) } else { lead });
        if done != figure.actual.value() {
            self.note(self.say("explain.planned_months", &[("value", &shown(done))]));
        }
        self.explanation.terms = terms;
        if figure.accumulates() {
            self.explanation.terms.push(due);
        }
        self.explanation.terms.push(target);
    }

    fn forecast(
        &mut self,
        figure: Option<&Attainment>,
        terms: Vec<Term>,
        before: &[(Period, bool)],
        metric: usize,
        units: &[Unit],
    ) {
        let Some((figure, forecast)) = figure.and_then(|figure| Some((figure, figure.forecast?))) else { return };
        self.explanation.formula = Some(self.word(&format!("explain.forecast.{}", forecast.method.key())).to_string());
        let done = terms.first().and_then(|term| term.value);
        self.explanation.terms = terms;
        if let Some(error) = forecast.error {
            let percent = format!("{}%", (error * Amount::whole(100)).grouped(1));
            self.note(self.say("explain.forecast_error", &[("error", &percent)]));
        }
        if let Some((low, high)) = forecast.interval {
            self.note(self.say("explain.forecast_interval", &[("low", &full(low)), ("high", &full(high))]));
        }
        let elapsed = figure.elapsed;
        if forecast.method == Method::RunRate {
            let result =
                done.and_then(|done| (done * Amount::whole(elapsed.all)).ratio_to(Amount::whole(elapsed.passed)));
            self.numbers(format!("{} × {} ÷ {}", shown(done), elapsed.all, elapsed.passed), result);
            return;
        }
        let to_come = done.map(|done| self.value - done);
        self.numbers(format!("{} + {}", shown(done), shown(to_come)), None);
        // The months of a year earlier that stand for those to come, as they were.
        let facts = &self.findings.facts;
        let passed: Vec<Period> = before.iter().filter(|(_, is_over)| *is_over).map(|(month, _)| *month).collect();
        let ahead = facts.calendar.months(facts.calendar.year_before(figure.period));
        let ahead: Vec<(Period, bool)> =
            ahead.into_iter().filter(|month| !passed.contains(month)).map(|month| (month, true)).collect();
        if !ahead.is_empty() {
            self.explanation.terms.push(self.actual(self.word("head.py"), metric, units, &ahead, false));
        }
    }

    /// Periods of the same kind from the start of the fiscal year to one.
    fn year_to_date(&self, period: Period) -> Vec<Period> {
        let calendar = &self.findings.facts.calendar;
        let year = calendar.containing(Kind::Year, calendar.span(period).first);
        let last = calendar.span(period).last;
        let of_year = match period.kind {
            Kind::Month => calendar.months(year),
            _ => calendar.parts(year),
        };
        of_year.into_iter().filter(|part| calendar.span(*part).last <= last).collect()
    }

    /// What a line of the variance page is compared with.
    fn base_of(&self, metric: usize, units: &[Unit], period: Period) -> Base {
        let is_plan = |variance: &Variance| {
            variance.metric == metric
                && variance.period == period
                && units.contains(&variance.unit)
                && variance.base == Base::Plan
        };
        if self.findings.variances.iter().any(is_plan) { Base::Plan } else { Base::PriorYear }
    }

    fn contribution(&mut self, metric: usize, units: &[Unit], period: Period, is_cumulative: bool) {
        let base = self.base_of(metric, units, period);
        let Some(level) = units.first().map(|unit| unit.level()) else { return };
        let is_member = |variance: &&Variance| {
            variance.metric == metric
                && variance.period == period
                && variance.base == base
                && variance.unit.level() == level
        };
        let mut members: Vec<&Variance> = self.findings.variances.iter().filter(is_member).collect();
        members.sort_by_key(|variance| (std::cmp::Reverse(variance.amount.abs()), variance.unit));
        let all: Amount = members.iter().map(|variance| variance.amount.abs()).sum();
        let by = self.findings.level_name(units[0]);
        if is_cumulative {
            let until = members.iter().position(|variance| units.contains(&variance.unit)).map_or(0, |last| last + 1);
            let line =
                |variance: &&Variance| (self.findings.unit_name(variance.unit), variance.contribution.map(Amount::abs));
            let lines: Vec<(String, Option<Amount>)> = members[..until].iter().map(line).collect();
            let result = lines.iter().filter_map(|(_, value)| *value).sum();
            let left = lines.iter().map(|(_, value)| shown(*value)).collect::<Vec<_>>().join(" + ");
            let groups = group(by, lines.into_iter()).into_iter().collect();
            self.numbers(left, Some(result));
            let name = self.word("head.cumulative").to_string();
            let term = Term { name, value: Some(self.value), groups, cells: None, is_sum: false, notes: Vec::new() };
            self.explanation.terms.push(term);
            return;
        }
        let own = members.iter().filter(|variance| units.contains(&variance.unit)).map(|variance| variance.amount);
        let own: Amount = own.sum();
        self.numbers(format!("{} ÷ {}", full(own), full(all)), own.ratio_to(all));
        let lines =
            members.iter().map(|variance| (self.findings.unit_name(variance.unit), Some(variance.amount.abs())));
        let groups = group(by, lines).into_iter().collect();
        let name = self.word("explain.all_differences").to_string();
        let term = Term { name, value: Some(all), groups, cells: None, is_sum: false, notes: Vec::new() };
        self.explanation.terms.push(term);
    }
}
