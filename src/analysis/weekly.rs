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

/// A week of the company's in a period: of one that begins or ends outside, the days that lie within.
#[derive(Clone, Debug)]
pub struct PeriodWeek {
    pub metric: usize,
    pub first_day: NaiveDate,
    /// The days in the period.
    pub days: Span,
    pub work_days: i64,
    /// What the months' targets have on these days, by work days; nothing where no month has one.
    pub target: Option<Amount>,
    /// Up to the as-of day; nothing for a week to come.
    pub actual: Option<Tally>,
    /// Whether no work day of it lies ahead.
    pub is_over: bool,
    /// What the whole week says, beside others.
    pub signal: Option<Signal>,
    /// What is still to come in it of the period's forecast; nothing where no day lies ahead.
    pub to_come: Option<Amount>,
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

/// The weeks of a period, of every metric that is known by weeks: from the first that has a figure to the period's last.
/// What the forecast has beyond the actual falls to the days ahead by work days, to the cent.
pub fn in_period(
    facts: &Facts,
    weeks: &[WeekFigure],
    attainment: &[Attainment],
    period: Option<Period>,
) -> Vec<PeriodWeek> {
    let Some(period) = period else { return Vec::new() };
    let calendar = &facts.calendar;
    let (whole, as_of) = (calendar.span(period), facts.scope.as_of);
    let months = calendar.months(period);
    let seats = facts.units.seats_of(Unit::Company);
    let of_company: Vec<&WeekFigure> = weeks.iter().filter(|week| week.unit == Unit::Company).collect();
    let ahead = as_of.succ_opt().map(|next| Span { first: next.max(whole.first), last: whole.last });
    let mut found = Vec::new();
    for figures in of_company.chunk_by(|a, b| a.metric == b.metric) {
        let metric = figures[0].metric;
        let here =
            |week: &&&WeekFigure| Span { first: week.first_day, last: week.last_day() }.overlap(&whole).is_some();
        let Some(first) = figures.iter().find(here) else { continue };
        let all: Vec<(NaiveDate, Span)> = first
            .first_day
            .iter_weeks()
            .take_while(|week| *week <= whole.last)
            .filter_map(|week| {
                let days = Span { first: week, last: week.checked_add_days(Days::new(6))? };
                Some((week, days.overlap(&whole)?))
            })
            .collect();
        let days_ahead = |days: &Span| {
            let left = ahead.filter(|ahead| ahead.first <= ahead.last).and_then(|ahead| ahead.overlap(days));
            left.map_or(0, |left| calendar.work_days.count(left))
        };
        let weights: Vec<i64> = all.iter().map(|(_, days)| days_ahead(days)).collect();
        let is_it = |figure: &&Attainment| {
            (figure.metric, figure.unit, figure.period) == (metric, Unit::Company, period) && !figure.is_rate
        };
        let forecast = attainment.iter().find(is_it).and_then(|figure| {
            let open = figure.forecast?.value - figure.actual.value().unwrap_or(Amount::ZERO);
            Some(open.rounded(FORECAST_DECIMALS).split(&weights, FORECAST_DECIMALS))
        });
        let forecast = forecast.filter(|_| weights.iter().any(|days| *days > 0));
        for (index, (first_day, days)) in all.into_iter().enumerate() {
            let figure = figures.iter().find(|week| week.first_day == first_day);
            let reported = figure.map(|_| facts.ledger.week_in(metric, &seats, first_day, &months));
            // Others reported in the week: who sold nothing then has a zero.
            let filled = |tally: Tally| if tally.is_nothing() { Tally::known(Amount::ZERO) } else { tally };
            let is_ahead = weights[index] > 0;
            found.push(PeriodWeek {
                metric,
                first_day,
                days,
                work_days: calendar.work_days.count(days),
                target: planned(facts, metric, Unit::Company, days),
                actual: reported.map(filled).or((days.first <= as_of).then_some(Tally::NOTHING)),
                is_over: !is_ahead && days.first <= as_of,
                signal: figure.and_then(|figure| figure.signal()),
                to_come: forecast.as_ref().filter(|_| is_ahead).map(|parts| parts[index]),
            });
        }
    }
    found
}

/// Work days of a full week.
pub const WORK_DAYS_OF_A_WEEK: i64 = 5;

/// What is missing of a period's target, in the next full week or in what is left of the period: missing ÷ work days
/// left × at most five. Nothing when nothing is missing or no work day is left.
pub fn needed_per_week(missing: Amount, work_days_left: i64) -> Option<Amount> {
    if !missing.is_positive() || work_days_left <= 0 {
        return None;
    }
    let days = Amount::whole(work_days_left.min(WORK_DAYS_OF_A_WEEK));
    (missing * days).ratio_to(Amount::whole(work_days_left))
}

/// What the targets of months have on days, by work days; nothing where none of the months has one.
fn planned(facts: &Facts, metric: usize, unit: Unit, days: Span) -> Option<Amount> {
    let parts: Vec<Amount> = parts_of_months(facts, metric, unit, days)?.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.into_iter().sum())
}

/// What each month that days lie in has on them, of a metric that is added up.
fn parts_of_months(facts: &Facts, metric: usize, unit: Unit, days: Span) -> Option<Vec<Option<Amount>>> {
    if facts.metrics[metric].formula.is_rate() {
        return None;
    }
    let mut months = [days.first, days.last].map(|day| facts.calendar.containing(Kind::Month, day)).to_vec();
    months.dedup();
    Some(months.into_iter().map(|month| part_of_month(facts, metric, unit, (month, days))).collect())
}

/// What a month's target has on days of it.
pub fn part_of_month(facts: &Facts, metric: usize, unit: Unit, (month, days): (Period, Span)) -> Option<Amount> {
    let work_days = &facts.calendar.work_days;
    let whole = facts.calendar.span(month);
    let planned = facts.plans.get(metric, unit, month).full.value()?;
    let here = whole.overlap(&days).map_or(0, |days| work_days.count(days));
    (planned * Amount::whole(here)).ratio_to(Amount::whole(work_days.count(whole)))
}

/// A forecast is a quotient: its weeks have so many decimals.
const FORECAST_DECIMALS: u8 = 2;

/// The work days of a week, each with its part of its month's target; nothing where a month has none.
fn target(facts: &Facts, metric: usize, unit: Unit, first_day: NaiveDate) -> Option<Amount> {
    let week = Span { first: first_day, last: first_day.checked_add_days(Days::new(6))? };
    parts_of_months(facts, metric, unit, week)?.into_iter().sum()
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
