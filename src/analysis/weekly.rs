//! Weeks: what was done in each, and whether the last one is a signal or noise (§13 of the method).
//!
//! Limits are those of an individuals chart (XmR): the mean of the weeks before ± 2.66 × their mean moving range
//! (Shewhart's three sigma by way of the ranges, 3 ÷ 1.128). A week within them differs by chance.

use chrono::{Days, NaiveDate};

use crate::facts::{Facts, Unit};
use crate::measure::{Amount, Tally};
use crate::period::{Kind, Period, Span};

use super::attainment::Attainment;

/// One week of a metric and unit.
#[derive(Clone, Debug)]
pub struct WeekFigure {
    pub metric: usize,
    pub unit: Unit,
    pub first_day: NaiveDate,
    /// The part of the months' targets that falls to the week, by work days; nothing where a month has none.
    pub target: Option<Amount>,
    pub actual: Tally,
    /// Whether the week was over on the as-of day.
    pub is_over: bool,
    /// From the weeks before the last one; nothing where they are too few.
    pub limits: Option<Limits>,
}

/// A week of the company's that is not over, or has not begun.
#[derive(Clone, Debug, PartialEq)]
pub struct WeekAhead {
    pub metric: usize,
    pub first_day: NaiveDate,
    /// As of the weeks that are over.
    pub target: Option<Amount>,
    /// What is still to come in it of the period's forecast.
    pub forecast: Amount,
}

/// Between which figures chance alone moves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    pub mean: Amount,
    pub lower: Amount,
    pub upper: Amount,
}

/// On which side of the limits a week lies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Signal {
    Above,
    Below,
}

impl Signal {
    pub fn key(self) -> &'static str {
        match self {
            Signal::Above => "above",
            Signal::Below => "below",
        }
    }
}

impl WeekFigure {
    pub fn last_day(&self) -> NaiveDate {
        self.first_day.checked_add_days(Days::new(6)).unwrap_or(self.first_day)
    }

    /// Only of a week that is over: one in progress is always low.
    pub fn signal(&self) -> Option<Signal> {
        let (limits, actual) = (self.limits?, self.actual.value().filter(|_| self.is_over)?);
        if actual > limits.upper {
            Some(Signal::Above)
        } else if actual < limits.lower {
            Some(Signal::Below)
        } else {
            None
        }
    }
}

/// Weeks that are shown, and from which the limits are made: a year.
const MOST_WEEKS: usize = 53;
/// Weeks below which limits would say nothing.
const LEAST_WEEKS: usize = 8;

/// The last weeks of every metric that is added up and known by weeks, for every unit.
pub fn compute(facts: &Facts) -> Vec<WeekFigure> {
    let as_of = facts.scope.as_of;
    let units: Vec<(Unit, Vec<u32>)> =
        facts.units.all().into_iter().map(|unit| (unit, facts.units.seats_of(unit))).collect();
    let mut figures = Vec::new();
    for metric in super::attainment::metrics(facts).into_iter().filter(|metric| !facts.ledger.is_level(*metric)) {
        let weeks: Vec<NaiveDate> = facts.ledger.weeks(metric).into_iter().collect();
        let (Some(first), Some(last)) = (weeks.first().copied(), weeks.last().copied()) else { continue };
        let all: Vec<NaiveDate> = first.iter_weeks().take_while(|week| *week <= last).collect();
        let shown = &all[all.len().saturating_sub(MOST_WEEKS)..];
        for (unit, seats) in &units {
            // A unit's weeks begin with its first figure; from then on a week in which others reported is zero.
            let mut has_begun = false;
            let mut of_unit: Vec<WeekFigure> = Vec::new();
            for week in shown {
                let reported = facts.ledger.week(metric, seats, *week);
                has_begun |= !reported.is_nothing();
                let is_covered = weeks.binary_search(week).is_ok();
                if !has_begun || (reported.is_nothing() && !is_covered) {
                    continue;
                }
                let actual = if reported.is_nothing() { Tally::known(Amount::ZERO) } else { reported };
                let is_over = week.checked_add_days(Days::new(6)).is_some_and(|last| last <= as_of);
                let target = target(facts, metric, *unit, *week);
                let figure =
                    WeekFigure { metric, unit: *unit, first_day: *week, target, actual, is_over, limits: None };
                of_unit.push(figure);
            }
            let n_over = of_unit.iter().filter(|week| week.is_over).count();
            let before = &of_unit[..n_over.saturating_sub(1)];
            let known: Vec<Amount> = before.iter().filter_map(|week| week.actual.value()).collect();
            let limits = limits(&known);
            of_unit.iter_mut().for_each(|week| week.limits = limits);
            figures.extend(of_unit);
        }
    }
    figures
}

/// The rest of a period in weeks: what its forecast has beyond the actual, by work days; to the cent of the forecast.
/// Nothing for rates, for levels, and where nothing is left of the period.
pub fn ahead(facts: &Facts, attainment: &[Attainment], period: Option<Period>) -> Vec<WeekAhead> {
    let Some(period) = period else { return Vec::new() };
    let calendar = &facts.calendar;
    let whole = calendar.span(period);
    let Some(next) = facts.scope.as_of.succ_opt().filter(|next| *next <= whole.last) else { return Vec::new() };
    let left = Span { first: next.max(whole.first), last: whole.last };
    let begins = calendar.span(calendar.containing(Kind::Week, left.first)).first;
    let weeks: Vec<(NaiveDate, i64)> = begins
        .iter_weeks()
        .take_while(|week| *week <= left.last)
        .filter_map(|week| {
            let part = left.overlap(&Span { first: week, last: week.checked_add_days(Days::new(6))? })?;
            Some((week, calendar.work_days.count(part)))
        })
        .collect();
    let weights: Vec<i64> = weeks.iter().map(|(_, days)| *days).collect();
    let of_company = attainment.iter().filter(|figure| {
        figure.unit == Unit::Company
            && figure.period == period
            && !figure.is_rate
            && !facts.ledger.is_level(figure.metric)
    });
    let mut ahead = Vec::new();
    for figure in of_company {
        let Some(forecast) = figure.forecast.map(|forecast| forecast.value) else { continue };
        let open = (forecast - figure.actual.value().unwrap_or(Amount::ZERO)).rounded(FORECAST_DECIMALS);
        if weights.iter().all(|days| *days == 0) {
            continue;
        }
        let parts = open.split(&weights, FORECAST_DECIMALS);
        ahead.extend(weeks.iter().zip(parts).map(|((first_day, _), forecast)| WeekAhead {
            metric: figure.metric,
            first_day: *first_day,
            target: target(facts, figure.metric, Unit::Company, *first_day),
            forecast,
        }));
    }
    ahead
}

/// A forecast is a quotient: its weeks have so many decimals.
const FORECAST_DECIMALS: u8 = 2;

/// The work days of a week, each with its part of its month's target.
fn target(facts: &Facts, metric: usize, unit: Unit, first_day: NaiveDate) -> Option<Amount> {
    if facts.metrics[metric].formula.is_rate() {
        return None;
    }
    let calendar = &facts.calendar;
    let week = Span { first: first_day, last: first_day.checked_add_days(Days::new(6))? };
    let mut months = vec![calendar.containing(Kind::Month, week.first), calendar.containing(Kind::Month, week.last)];
    months.dedup();
    let part = |month: &Period| {
        let days = calendar.span(*month);
        let planned = facts.plans.get(metric, unit, *month).full.value()?;
        let here = days.overlap(&week).map_or(0, |days| calendar.work_days.count(days));
        (planned * Amount::whole(here)).ratio_to(Amount::whole(calendar.work_days.count(days)))
    };
    months.iter().map(part).sum()
}

/// The mean ± 2.66 × the mean moving range.
pub fn limits(values: &[Amount]) -> Option<Limits> {
    if values.len() < LEAST_WEEKS {
        return None;
    }
    let count = |n: usize| Amount::whole(i64::try_from(n).unwrap_or(i64::MAX));
    let mean = values.iter().copied().sum::<Amount>().ratio_to(count(values.len()))?;
    let ranges: Amount = values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum();
    let range = ranges.ratio_to(count(values.len() - 1))?;
    let reach = range * Amount::from_units(266, 2);
    Some(Limits { mean, lower: mean - reach, upper: mean + reach })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: 10, 12, 11, 9, 10, 12, 13, 11 has the mean 88 ÷ 8 = 11 and the ranges 2, 1, 2, 1, 2, 1, 2: 11 ÷ 7.
    /// 2.66 × 11 ÷ 7 = 4.18: from 6.82 to 15.18.
    #[test]
    fn limits_of_an_individuals_chart() {
        let values: Vec<Amount> = [10, 12, 11, 9, 10, 12, 13, 11].map(Amount::whole).to_vec();
        let found = limits(&values).unwrap();
        assert_eq!(found.mean.plain(), "11");
        assert_eq!((found.lower.rounded(4).plain(), found.upper.rounded(4).plain()), ("6.82".into(), "15.18".into()));
        assert_eq!(limits(&values[1..]), None);
    }
}
