//! Attainment: actual against target, per metric, unit and period.
//!
//! Attainment = actual ÷ target, never capped; roll-ups are Σ actual ÷ Σ target over the
//! same periods, never a mean of percentages (§2 of the method).

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::facts::{Facts, Planned, Unit};
use crate::measure::{Amount, Ratio, Tally};
use crate::metric::{Formula, NegativeTarget, Polarity};
use crate::period::{Kind, Period};

use super::forecast::{self, Forecast};
use super::pacing::Elapsed;

/// Why a figure is missing, or what to know about one that is there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reason {
    /// Nothing was reported for the metric in the period.
    NoActual,
    /// A rate whose denominator was not reported.
    NoDenominator,
    NoTarget,
    /// Only the months or quarters that have begun count: the period is in progress.
    ToDate,
    /// Some months of the period have no target.
    PartlyPlanned,
    /// The target is set for a longer period and not divided.
    TargetCoarser,
    /// A target cell that could not be read, or two that contradict each other.
    TargetUnreadable,
    TargetZero,
    /// A negative target has no attainment, by the settings.
    TargetNegative,
    /// Planned rates that no planned denominator weights.
    NotMeasurable,
}

impl Reason {
    pub const ALL: [Reason; 10] = [
        Reason::NoActual,
        Reason::NoDenominator,
        Reason::NoTarget,
        Reason::ToDate,
        Reason::PartlyPlanned,
        Reason::TargetCoarser,
        Reason::TargetUnreadable,
        Reason::TargetZero,
        Reason::TargetNegative,
        Reason::NotMeasurable,
    ];

    pub fn key(self) -> &'static str {
        match self {
            Reason::NoActual => "no_actual",
            Reason::NoDenominator => "no_denominator",
            Reason::NoTarget => "no_target",
            Reason::ToDate => "to_date",
            Reason::PartlyPlanned => "partly_planned",
            Reason::TargetCoarser => "target_coarser",
            Reason::TargetUnreadable => "target_unreadable",
            Reason::TargetZero => "target_zero",
            Reason::TargetNegative => "target_negative",
            Reason::NotMeasurable => "not_measurable",
        }
    }
}

/// One figure of attainment.
#[derive(Clone, Debug)]
pub struct Attainment {
    /// Position among the metrics.
    pub metric: usize,
    pub unit: Unit,
    pub period: Period,
    /// Target of those planned periods in it that have begun; a rate for a rate metric.
    pub target: Tally,
    /// Target of the whole period.
    pub period_target: Tally,
    /// Part of the target that was due by the as-of day.
    pub due: Amount,
    pub actual: Tally,
    /// The actual of the months that have a target: what pace is judged by.
    pub planned_actual: Option<Amount>,
    /// The same days a year earlier.
    pub prior_year: Option<Amount>,
    /// Target and actual from the start of the fiscal year; for quarters and months.
    pub year_to_date: Option<(Tally, Tally)>,
    /// Months with a target, and months in all.
    pub planned_months: (u32, u32),
    pub elapsed: Elapsed,
    pub polarity: Polarity,
    pub negative_target: NegativeTarget,
    pub is_rate: bool,
    /// A level: its last reading counts, and it does not accumulate.
    pub is_level: bool,
    /// What the whole period is expected to have; nothing once it is over.
    pub forecast: Option<Forecast>,
    pub reason: Option<Reason>,
}

impl Attainment {
    /// Actual ÷ target. For a negative target 2 − actual ÷ target: a plan of −100 and −80
    /// done is 120 %, or nothing where only the variance ÷ |target| is to stand for it. Nothing where either is
    /// missing or the target is zero.
    pub fn ratio(&self) -> Option<Ratio> {
        ratio(self.actual.value()?, self.target.value()?, self.negative_target)
    }

    /// Actual − target, always in this direction; for a rate, in points as a fraction.
    pub fn variance(&self) -> Option<Amount> {
        Some(self.actual.value()? - self.target.value()?)
    }

    /// Variance ÷ |target|. A difference of rates is in points and has none.
    pub fn variance_ratio(&self) -> Option<Ratio> {
        if self.is_rate { None } else { self.variance()?.ratio_to(self.target.value()?.abs()) }
    }

    /// Share of the target that was due by the as-of day: 1 once the period is over.
    /// Rates do not accumulate and have none.
    pub fn pace(&self) -> Option<Ratio> {
        if self.accumulates() { self.due.ratio_to(self.target.value()?) } else { None }
    }

    /// Whether the figure grows with time: rates and levels do not.
    pub fn accumulates(&self) -> bool {
        !self.is_rate && !self.is_level
    }

    /// Actual ÷ target from the start of the fiscal year.
    pub fn year_to_date_ratio(&self) -> Option<Ratio> {
        let (target, actual) = self.year_to_date?;
        ratio(actual.value()?, target.value()?, self.negative_target)
    }

    /// Actual ÷ the target of the whole period, begun or not.
    pub fn whole_ratio(&self) -> Option<Ratio> {
        ratio(self.actual.value()?, self.period_target.value()?, self.negative_target)
    }

    /// Against the prior year: (actual − prior) ÷ |prior|; for a rate, actual − prior, points as a fraction.
    pub fn prior_year_change(&self) -> Option<Ratio> {
        let prior = self.prior_year?;
        let change = self.actual.value()? - prior;
        if self.is_rate { Some(change) } else { change.ratio_to(prior.abs()) }
    }

    /// Whether the period is over.
    pub fn is_complete(&self) -> bool {
        self.elapsed.is_over()
    }

    /// Cells that could not be read and are missing from the figure.
    pub fn n_unreadable(&self) -> u32 {
        self.actual.n_unreadable + self.target.n_unreadable
    }
}

/// Attainment of an actual and a target (see [`Attainment::ratio`]).
pub fn ratio(actual: Amount, target: Amount, negative: NegativeTarget) -> Option<Ratio> {
    let quotient = actual.ratio_to(target)?;
    match (target.is_negative(), negative) {
        (false, _) => Some(quotient),
        (true, NegativeTarget::TwoMinus) => Some(Amount::whole(2) - quotient),
        (true, NegativeTarget::Absolute) => None,
    }
}

/// The metrics that anything is known of: those with a target first.
pub(super) fn metrics(facts: &Facts) -> Vec<usize> {
    let mut metrics: Vec<usize> = facts.plans.metrics().collect();
    let others =
        (0..facts.metrics.iter().count()).filter(|metric| facts.ledger.has(*metric) && !metrics.contains(metric));
    metrics.extend(others.collect::<Vec<_>>());
    metrics
}

/// Computes attainment for every metric, those with a target first, every unit, and every
/// period that has begun.
pub fn compute(facts: &Facts) -> Vec<Attainment> {
    let mut figures = compute_all(facts);
    figures.retain(|figure| super::is_wanted(facts, figure.period));
    figures
}

/// The same of every period that has begun, whatever period was asked for.
pub fn compute_all(facts: &Facts) -> Vec<Attainment> {
    // The year to date needs the months before the period asked for.
    let periods = super::begun_periods(facts);
    let wanted = metrics(facts);
    let units: Vec<Members> = all_units(facts).into_iter().map(|unit| Members::of(facts, unit)).collect();
    let mut figures = Vec::new();
    for metric_position in wanted {
        for period in &periods {
            for members in &units {
                figures.extend(figure(facts, metric_position, members, *period));
            }
        }
    }
    fill_year_to_date(facts, &mut figures);
    forecast::fill(facts, &mut figures);
    figures
}

/// Products and segments of which each has figures of its own, where no target asks for them: more are an
/// inventory, and belong into an analysis by item.
const MOST_OFFERINGS: usize = 200;

/// All units, with the seats of people who have more than one, and with products and segments.
fn all_units(facts: &Facts) -> Vec<Unit> {
    let mut units = facts.units.all();
    let offerings = facts.units.offerings();
    if offerings.len() <= MOST_OFFERINGS || facts.plans.has_offerings() {
        units.extend(offerings);
    }
    for person in facts.units.people_ids() {
        let seats = facts.units.seats_of(Unit::Person(person));
        if seats.len() > 1 {
            units.extend(seats.into_iter().map(Unit::Seat));
        }
    }
    units
}

/// What makes up a unit: the same for every metric and period.
struct Members {
    unit: Unit,
    seats: Vec<u32>,
    /// Rows of its people whose date could not be read.
    n_undated: u32,
}

impl Members {
    fn of(facts: &Facts, unit: Unit) -> Self {
        let seats = facts.units.seats_of(unit);
        let people: BTreeSet<u32> = seats.iter().filter_map(|seat| facts.units.person_of(*seat)).collect();
        let n_undated = people.iter().map(|person| facts.ledger.n_undated(*person)).sum();
        Members { unit, seats, n_undated }
    }
}

fn figure(facts: &Facts, position: usize, members: &Members, period: Period) -> Option<Attainment> {
    let &Members { unit, ref seats, n_undated } = members;
    let metric = &facts.metrics[position];
    let calendar = &facts.calendar;
    let as_of = facts.scope.as_of;
    let months = calendar.months(period);
    let planned = facts.plans.get(position, unit, period);
    let is_rate = metric.formula.is_rate();
    let is_level = metric.formula == Formula::Last;
    let before = months_before(facts, period);
    let (actual, reported, denominator_missing, prior_year) = match &metric.formula {
        Formula::Sum | Formula::Last => {
            let reported = facts.ledger.sum(position, seats, &months, true);
            let prior = prior_sum(facts, position, seats, &before);
            // Nobody is expected to sell for a nameless unit: there, nothing reported stays nothing.
            let is_whole = unit == Unit::Company && facts.units.split().is_none();
            let is_nameless = !is_whole && facts.units.name(unit).is_none();
            let actual =
                if is_nameless { reported } else { facts.ledger.filled(position, reported, &months, n_undated) };
            (actual, !reported.is_nothing(), false, prior)
        }
        Formula::Ratio { numerator, denominator } => {
            let (above, below) = (facts.metrics.position(numerator)?, facts.metrics.position(denominator)?);
            let sum = |metric: usize| facts.ledger.sum(metric, seats, &months, true);
            let (above_sum, below_sum) = (facts.ledger.filled(above, sum(above), &months, n_undated), sum(below));
            let rate = above_sum.value().zip(below_sum.value()).and_then(|(above, below)| above.ratio_to(below));
            let n_unreadable = above_sum.n_unreadable + below_sum.n_unreadable;
            let tally = rate.map_or(Tally::of(Amount::ZERO, 0, n_unreadable), |rate| Tally::of(rate, 1, n_unreadable));
            let prior = prior_sum(facts, above, seats, &before).zip(prior_sum(facts, below, seats, &before));
            let prior = prior.and_then(|(above, below)| above.ratio_to(below));
            (tally, rate.is_some(), below_sum.value().is_none() && !above_sum.is_nothing(), prior)
        }
    };
    let is_planned = !planned.full.is_nothing() || planned.is_unmeasurable;
    // Whoever sold a year ago and nothing now is a part of what is missing.
    if !is_planned && !reported && prior_year.is_none() {
        return None;
    }
    let span = calendar.span(period);
    let (passed, all) = calendar.elapsed(span, as_of);
    let planned_months = (planned.n_months(), u32::try_from(months.len()).unwrap_or(0));
    let reason = reason(facts, position, unit, period, &planned, &actual, denominator_missing);
    // Where some months have no target, their actuals say nothing about keeping pace.
    let planned_actual = if is_rate || is_level || planned.n_months() == planned_months.1 {
        actual.value()
    } else {
        let planned_months: Vec<Period> =
            months.iter().copied().filter(|month| planned.has_month(*month, calendar)).collect();
        let reported = facts.ledger.sum(position, seats, &planned_months, true);
        actual.value().and(facts.ledger.filled(position, reported, &planned_months, n_undated).value())
    };
    Some(Attainment {
        planned_actual,
        metric: position,
        unit,
        period,
        target: planned.begun,
        period_target: planned.full,
        due: planned.due,
        actual,
        prior_year,
        year_to_date: None,
        planned_months,
        elapsed: Elapsed { passed, all, days_left: calendar.work_days_left(span, as_of) },
        polarity: metric.polarity,
        negative_target: facts.rules.negative_target,
        is_rate,
        is_level,
        forecast: None,
        reason,
    })
}

fn reason(
    facts: &Facts,
    metric: usize,
    unit: Unit,
    period: Period,
    planned: &Planned,
    actual: &Tally,
    denominator_missing: bool,
) -> Option<Reason> {
    let target = planned.begun.value();
    if planned.is_unmeasurable {
        return Some(Reason::NotMeasurable);
    }
    if planned.begun.is_nothing() {
        let mut longer = facts.calendar.parent(period);
        while let Some(parent) = longer {
            if !facts.plans.get(metric, unit, parent).full.is_nothing() && planned_as_whole(facts, metric, unit, parent)
            {
                return Some(Reason::TargetCoarser);
            }
            longer = facts.calendar.parent(parent);
        }
        return Some(Reason::NoTarget);
    }
    match target {
        None => Some(Reason::TargetUnreadable),
        Some(target) if target.is_zero() => Some(Reason::TargetZero),
        Some(target) if target.is_negative() && facts.rules.negative_target == NegativeTarget::Absolute => {
            Some(Reason::TargetNegative)
        }
        Some(_) if denominator_missing => Some(Reason::NoDenominator),
        Some(_) if actual.value().is_none() => Some(Reason::NoActual),
        Some(_) => {
            let n_months = facts.calendar.months(period).len();
            let is_partly = (planned.n_months() as usize) < n_months;
            if is_partly {
                Some(Reason::PartlyPlanned)
            } else {
                (planned.begun != planned.full).then_some(Reason::ToDate)
            }
        }
    }
}

/// Whether a period's target comes without any part of it being planned on its own.
fn planned_as_whole(facts: &Facts, metric: usize, unit: Unit, period: Period) -> bool {
    facts.calendar.parts(period).iter().all(|part| facts.plans.get(metric, unit, *part).full.is_nothing())
}

/// The same months a year earlier, each with whether it counts in full.
pub fn months_before(facts: &Facts, period: Period) -> Vec<(Period, bool)> {
    let as_of = facts.scope.as_of;
    let now = facts.calendar.containing(Kind::Month, as_of);
    let months = facts.calendar.months(period).into_iter();
    months
        .filter(|month| *month <= now)
        .map(|month| {
            let is_over = facts.calendar.span(month).last <= as_of;
            (facts.calendar.year_before(month), is_over)
        })
        .collect()
}

pub(super) fn prior_sum(facts: &Facts, metric: usize, seats: &[u32], months: &[(Period, bool)]) -> Option<Amount> {
    if facts.ledger.is_level(metric) {
        let (all, whole): (Vec<Period>, Vec<bool>) = months.iter().copied().unzip();
        return facts.ledger.sum(metric, seats, &all, whole.last().copied().unwrap_or(true)).value();
    }
    // No row a year ago is no figure, not zero: new people and new units have no history.
    months.iter().map(|(month, whole)| facts.ledger.sum(metric, seats, &[*month], *whole)).sum::<Tally>().value()
}

/// Adds to each quarter and month what was planned and done since the fiscal year began.
fn fill_year_to_date(facts: &Facts, figures: &mut [Attainment]) {
    let mut running: Option<(usize, Kind, i32)> = None;
    let mut sums: FxHashMap<Unit, ((Tally, Tally), bool)> = FxHashMap::default();
    for figure in figures.iter_mut() {
        if figure.period.kind == Kind::Year || !figure.accumulates() {
            continue;
        }
        let first = facts.calendar.span(figure.period).first;
        let year = facts.calendar.containing(Kind::Year, first).year;
        let here = (figure.metric, figure.period.kind, year);
        if running != Some(here) {
            running = Some(here);
            sums.clear();
        }
        let (sum, is_comparable) = sums.entry(figure.unit).or_insert((Default::default(), true));
        // Once a part of the year is planned for a longer period only, months no longer add up to it.
        *is_comparable &= figure.reason != Some(Reason::TargetCoarser);
        sum.0 += figure.target;
        sum.1 += figure.actual;
        figure.year_to_date = Some(if *is_comparable { *sum } else { (Tally::NOTHING, sum.1) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str) -> Amount {
        Amount::parse(text).unwrap()
    }

    #[test]
    fn attainment_of_plain_zero_and_negative_targets() {
        let two_minus = NegativeTarget::TwoMinus;
        assert_eq!(ratio(amount("24000"), amount("30000"), two_minus), Some(amount("0.8")));
        assert_eq!(ratio(amount("10"), Amount::ZERO, two_minus), None);
        // A loss plan: −100 planned, −80 done is better than planned.
        assert_eq!(ratio(amount("-80"), amount("-100"), two_minus), Some(amount("1.2")));
        assert_eq!(ratio(amount("-80"), amount("-100"), NegativeTarget::Absolute), None);
        assert_eq!(ratio(amount("80"), amount("100"), NegativeTarget::Absolute), Some(amount("0.8")));
    }
}
