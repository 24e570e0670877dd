//! Budget: what was budgeted, promised and spent, against the time that has passed (§10 of the method).

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::Facts;
use crate::facts::budgets::{BudgetLine, Figure};
use crate::measure::{Amount, Ratio, Tally};
use crate::period::{Kind, Period};

use super::pacing::{Status, StatusRules};

/// What figures are of.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Scope {
    /// A position among the lines.
    Line(usize),
    /// All lines of a department, by the position of the first of them.
    Department(usize),
    /// All lines.
    Total,
}

impl Scope {
    pub fn level(self) -> &'static str {
        match self {
            Scope::Line(_) => "line",
            Scope::Department(_) => "department",
            Scope::Total => "total",
        }
    }
}

/// What a forecast comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ForecastBy {
    /// The latest estimate that the file states.
    LatestEstimate,
    /// Actual + committed + what is left at the rate so far.
    RunRate,
    /// Nothing of it was due yet: the budget stands, or what is used already where that is more.
    Budget,
    /// The sum of the lines' forecasts, of both kinds.
    Lines,
}

impl ForecastBy {
    pub fn key(self) -> &'static str {
        match self {
            ForecastBy::LatestEstimate => "latest_estimate",
            ForecastBy::RunRate => "run_rate",
            ForecastBy::Budget => "budget",
            ForecastBy::Lines => "lines",
        }
    }
}

/// How far from pace spending may be, as fractions of the budget.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct TargetBand {
    pub overspend: Amount,
    pub underspend: Amount,
}

/// The figures of a line, of a department or of all lines, in one year or month.
#[derive(Clone, Debug)]
pub struct BudgetFigures {
    pub scope: Scope,
    /// Money that comes in, or money that is spent: they are never added.
    pub is_income: bool,
    pub period: Period,
    /// Of the whole period, as first approved.
    pub budget: Tally,
    /// Approved changes of it.
    pub adjustment: Tally,
    pub committed: Tally,
    /// Up to the as-of day.
    pub actual: Tally,
    /// The part of the adjusted budget that was due by the as-of day: Σ over months of budget × share of the
    /// month passed.
    pub due: Amount,
    /// What the file expects of the whole period.
    pub latest_estimate: Tally,
    /// Of the whole period a year before.
    pub prior_year: Tally,
    /// What the whole period comes to, and how that is known.
    pub forecast: Option<(Amount, ForecastBy)>,
    /// Lines with a budget and without any figure of spending.
    pub n_open: u32,
}

impl BudgetFigures {
    /// Budget + adjustment: what variance, utilisation and pace are of.
    pub fn adjusted(&self) -> Option<Amount> {
        Some(self.budget.value()? + self.adjustment.value().unwrap_or(Amount::ZERO))
    }

    /// Budget + adjustment − committed − actual; nothing where no budget, or neither of the others, is known.
    pub fn available(&self) -> Option<Amount> {
        let used = self.committed + self.actual;
        Some(self.adjusted()? - used.value()?)
    }

    /// Actual ÷ adjusted budget.
    pub fn utilisation(&self) -> Option<Ratio> {
        self.actual.value()?.ratio_to(self.adjusted()?)
    }

    /// Share of the adjusted budget that was due by the as-of day: 1 once the period is over.
    pub fn pace(&self) -> Option<Ratio> {
        self.due.ratio_to(self.adjusted()?)
    }

    /// Actual − adjusted budget of the whole period, begun or not.
    pub fn variance(&self) -> Option<Amount> {
        Some(self.actual.value()? - self.adjusted()?)
    }

    /// Variance ÷ |adjusted budget|.
    pub fn variance_ratio(&self) -> Option<Ratio> {
        self.variance()?.ratio_to(self.adjusted()?.abs())
    }

    /// Forecast − adjusted budget: above zero, the budget will not do.
    pub fn forecast_variance(&self) -> Option<Amount> {
        Some(self.forecast?.0 - self.adjusted()?)
    }

    /// How far ahead of pace use is, as a share of the adjusted budget: (actual − due) ÷ |budget|.
    pub fn lead(&self) -> Option<Ratio> {
        (self.actual.value()? - self.due).ratio_to(self.adjusted()?.abs())
    }

    /// Status by use against pace. Spending may lie within a band around it: beyond the band on either side it is
    /// judged by how far. Income may exceed pace by any amount.
    pub fn status(&self, rules: &StatusRules, band: &TargetBand) -> Status {
        let Some(lead) = self.lead() else { return Status::NoData };
        if self.is_income {
            return rules.by_lead(lead);
        }
        let beyond = if lead.is_negative() { lead + band.underspend } else { band.overspend - lead };
        rules.by_lead(beyond)
    }

    /// The figures of several lines together.
    fn sum(scope: Scope, is_income: bool, lines: &[&BudgetFigures]) -> Option<Self> {
        let first = lines.first()?;
        let tally = |pick: fn(&BudgetFigures) -> Tally| lines.iter().map(|figures| pick(figures)).sum::<Tally>();
        let budgeted = || lines.iter().filter(|figures| figures.budget.value().is_some());
        // A sum of some lines would stand beside the budget of all.
        let forecasts: Option<Vec<(Amount, ForecastBy)>> = lines.iter().map(|figures| figures.forecast).collect();
        let forecast = forecasts.filter(|forecasts| !forecasts.is_empty()).map(|forecasts| {
            let by = forecasts[0].1;
            let by = if forecasts.iter().all(|other| other.1 == by) { by } else { ForecastBy::Lines };
            (forecasts.iter().map(|(amount, _)| *amount).sum(), by)
        });
        let are_estimated = budgeted().all(|figures| figures.latest_estimate.value().is_some());
        Some(BudgetFigures {
            scope,
            is_income,
            period: first.period,
            budget: tally(|figures| figures.budget),
            adjustment: tally(|figures| figures.adjustment),
            committed: tally(|figures| figures.committed),
            actual: tally(|figures| figures.actual),
            due: lines.iter().map(|figures| figures.due).sum(),
            latest_estimate: if are_estimated { tally(|figures| figures.latest_estimate) } else { Tally::NOTHING },
            prior_year: tally(|figures| figures.prior_year),
            forecast,
            n_open: lines.iter().map(|figures| figures.n_open).sum(),
        })
    }
}

/// What a period comes to: the latest estimate where there is one, else actual + committed + what is left at the
/// rate so far; the budget itself while nothing of it is due. The rate is that of the part of the budget that was due, so that a budget for one quarter is not
/// stretched over the year; without a budget it is that of the time that has passed.
fn forecast(figures: &BudgetFigures, (passed, all): (i64, i64)) -> Option<(Amount, ForecastBy)> {
    if let Some(estimate) = figures.latest_estimate.value() {
        return Some((estimate, ForecastBy::LatestEstimate));
    }
    let actual = figures.actual.value()?;
    let used = actual + figures.committed.value().unwrap_or(Amount::ZERO);
    if let Some(adjusted) = figures.adjusted().filter(|adjusted| figures.due.is_zero() && adjusted.is_positive()) {
        return Some((adjusted.max(used), ForecastBy::Budget));
    }
    let (due, whole) = match figures.adjusted() {
        Some(adjusted) if !adjusted.is_zero() => (figures.due, adjusted),
        _ => (Amount::whole(passed), Amount::whole(all)),
    };
    let left = actual.times(whole - due).and_then(|left| left.ratio_to(due))?;
    Some((used + left, ForecastBy::RunRate))
}

/// The figures of every line, year by year and then month by month, and for a period that is asked for, each followed by those of departments and of
/// all lines.
pub fn compute(facts: &Facts) -> Vec<BudgetFigures> {
    let budgets = &facts.budgets;
    let months: BTreeSet<Period> = budgets.lines.iter().flat_map(|line| line.months()).collect();
    let year_of = |month: &Period| facts.calendar.containing(Kind::Year, facts.calendar.span(*month).first);
    let mut periods: BTreeSet<Period> = months.iter().map(year_of).collect();
    periods.extend(facts.scope.period.filter(|period| {
        let asked = facts.calendar.months(*period);
        asked.iter().any(|month| months.contains(month))
    }));
    periods.extend(months);
    let mut figures = Vec::new();
    for period in periods.into_iter().filter(|period| super::is_wanted(facts, *period)) {
        let months = facts.calendar.months(period);
        let has_any = |line: &BudgetLine| line.months().any(|month| months.contains(&month));
        let lines = budgets.lines.iter().enumerate().filter(|(_, line)| has_any(line));
        let lines: Vec<BudgetFigures> =
            lines.map(|(position, line)| of_line(facts, position, line, period, &months)).collect();
        let sums = sums(facts, &lines);
        figures.extend(lines);
        figures.extend(sums);
    }
    figures
}

fn of_line(facts: &Facts, position: usize, line: &BudgetLine, period: Period, months: &[Period]) -> BudgetFigures {
    let sum = |by_month: &BTreeMap<Period, Tally>| -> Tally {
        months.iter().filter_map(|month| by_month.get(month)).copied().sum()
    };
    let due = months.iter().map(|month| {
        let amounts = [&line.budget, &line.adjustment].into_iter().filter_map(|by_month| by_month.get(month)?.value());
        let (passed, all) = facts.calendar.elapsed(facts.calendar.span(*month), facts.scope.as_of);
        (amounts.sum::<Amount>() * Amount::whole(passed)).ratio_to(Amount::whole(all)).unwrap_or(Amount::ZERO)
    });
    let mut figures = BudgetFigures {
        scope: Scope::Line(position),
        is_income: line.is_income,
        period,
        budget: sum(&line.budget),
        adjustment: sum(&line.adjustment),
        committed: line.committed(months),
        actual: facts.budgets.actual(line, months),
        due: due.sum(),
        latest_estimate: line.stated(Figure::LatestEstimate, months),
        prior_year: line.prior_year(months, &facts.calendar),
        forecast: None,
        n_open: 0,
    };
    figures.forecast = forecast(&figures, facts.calendar.elapsed(facts.calendar.span(period), facts.scope.as_of));
    figures.n_open = u32::from(figures.budget.value().is_some() && figures.actual.value().is_none());
    figures
}

/// Departments in the order in which they are met, then the whole; spending first, then income.
fn sums(facts: &Facts, lines: &[BudgetFigures]) -> Vec<BudgetFigures> {
    let budgets = &facts.budgets;
    let position = |figures: &BudgetFigures| match figures.scope {
        Scope::Line(position) => position,
        Scope::Department(_) | Scope::Total => 0,
    };
    let department = |figures: &BudgetFigures| budgets.department(position(figures));
    let mut sums = Vec::new();
    for is_income in [false, true] {
        let own: Vec<&BudgetFigures> = lines.iter().filter(|figures| figures.is_income == is_income).collect();
        let mut departments: BTreeMap<usize, Vec<&BudgetFigures>> = BTreeMap::new();
        for figures in &own {
            if let Some(first) = department(figures) {
                departments.entry(first).or_default().push(figures);
            }
        }
        for (first, members) in departments {
            sums.extend(BudgetFigures::sum(Scope::Department(first), is_income, &members));
        }
        sums.extend(BudgetFigures::sum(Scope::Total, is_income, &own));
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(budget: i64, due: i64, actual: Option<i64>, committed: Option<i64>) -> BudgetFigures {
        let tally = |amount: Option<i64>| amount.map_or(Tally::NOTHING, |amount| Tally::known(Amount::whole(amount)));
        BudgetFigures {
            scope: Scope::Line(0),
            is_income: false,
            period: Period::year(2026),
            budget: tally(Some(budget)),
            adjustment: Tally::NOTHING,
            committed: tally(committed),
            actual: tally(actual),
            due: Amount::whole(due),
            latest_estimate: Tally::NOTHING,
            prior_year: Tally::NOTHING,
            forecast: None,
            n_open: 0,
        }
    }

    /// Case C4: 120,000 budgeted and 50,000 spent leave 70,000.
    #[test]
    fn c4_what_is_left() {
        assert_eq!(figures(120_000, 60_000, Some(50_000), None).available(), Some(Amount::whole(70_000)));
        assert_eq!(figures(120_000, 60_000, Some(0), None).available(), Some(Amount::whole(120_000)));
        // 10,000 promised are no longer there either; where nothing is known of spending, nothing is said.
        assert_eq!(figures(120_000, 60_000, Some(50_000), Some(10_000)).available(), Some(Amount::whole(60_000)));
        assert_eq!(figures(120_000, 60_000, None, None).available(), None);
        // 20,000 taken away by a change leave 20,000 less.
        let adjustment = Tally::known(Amount::whole(-20_000));
        let adjusted = BudgetFigures { adjustment, ..figures(120_000, 50_000, Some(50_000), None) };
        assert_eq!(
            (adjusted.adjusted(), adjusted.available()),
            (Some(Amount::whole(100_000)), Some(Amount::whole(50_000)))
        );
        assert_eq!(adjusted.utilisation(), Amount::parse("0.5"));
    }

    const BAND: TargetBand = TargetBand { overspend: Amount::ZERO, underspend: Amount::ZERO };

    /// Oracle Essbase @VAR: 110 spent of 100 is adverse; here the variance is actual − budget, +10.
    #[test]
    fn spending_beyond_pace_is_adverse() {
        let rules = StatusRules::default();
        let status = |actual| figures(100, 50, Some(actual), None).status(&rules, &BAND);
        assert_eq!([50, 55, 56, 71].map(status), [Status::OnTrack, Status::AtRisk, Status::Behind, Status::Critical]);
        assert_eq!(figures(100, 50, None, None).status(&rules, &BAND), Status::NoData);
        assert_eq!(figures(0, 0, Some(5), None).status(&rules, &BAND), Status::NoData);
        assert_eq!(figures(100, 100, Some(110), None).variance(), Some(Amount::whole(10)));
        assert_eq!(figures(100, 100, Some(110), None).variance_ratio(), Amount::parse("0.1"));
    }

    /// 50 of 100 are due. Twenty points short of that are within the band, 25 are five beyond it.
    #[test]
    fn spending_far_less_than_pace_is_adverse_too() {
        let rules = StatusRules::default();
        let band = TargetBand { overspend: Amount::parse("0.02").unwrap(), underspend: Amount::parse("0.2").unwrap() };
        let status = |actual| figures(100, 50, Some(actual), None).status(&rules, &band);
        assert_eq!([52, 57, 58].map(status), [Status::OnTrack, Status::AtRisk, Status::Behind]);
        assert_eq!([30, 25, 24, 9].map(status), [Status::OnTrack, Status::AtRisk, Status::Behind, Status::Critical]);
        // Income beyond pace is never adverse, and short of it has no band.
        let income = |actual| BudgetFigures { is_income: true, ..figures(100, 50, Some(actual), None) };
        assert_eq!(income(90).status(&rules, &band), Status::OnTrack);
        assert_eq!(income(45).status(&rules, &band), Status::AtRisk);
    }

    #[test]
    fn the_year_is_forecast_by_rate_or_by_estimate() {
        let by = |figures: &BudgetFigures, elapsed| forecast(figures, elapsed);
        // Half of 1,200 was due, 480 were spent, 100 are promised: 480 + 100 + 480 × 600/600.
        let half = figures(1_200, 600, Some(480), Some(100));
        assert_eq!(by(&half, (1, 2)), Some((Amount::whole(1_060), ForecastBy::RunRate)));
        // A budget for the first quarter is over in June, whatever the year still has.
        let over = figures(300, 300, Some(290), None);
        assert_eq!(by(&over, (1, 2)), Some((Amount::whole(290), ForecastBy::RunRate)));
        let estimated = BudgetFigures { latest_estimate: Tally::known(Amount::whole(1_150)), ..half.clone() };
        assert_eq!(by(&estimated, (1, 2)), Some((Amount::whole(1_150), ForecastBy::LatestEstimate)));
        // Nothing is due yet: the budget stands, unless more is promised.
        assert_eq!(by(&figures(1_200, 0, Some(0), None), (0, 2)), Some((Amount::whole(1_200), ForecastBy::Budget)));
        let promised = figures(1_200, 0, Some(0), Some(1_300));
        assert_eq!(by(&promised, (0, 2)), Some((Amount::whole(1_300), ForecastBy::Budget)));
        assert_eq!(by(&figures(1_200, 600, None, Some(100)), (1, 2)), None);
        // Without a budget, by time: 30 in a third of the year are 90 in all of it.
        let without = BudgetFigures { budget: Tally::NOTHING, ..figures(0, 0, Some(30), None) };
        assert_eq!(by(&without, (1, 3)), Some((Amount::whole(90), ForecastBy::RunRate)));
    }
}
