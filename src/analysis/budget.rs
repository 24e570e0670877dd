//! Budget: what was budgeted, promised and spent, against the time that has passed (§10 of the method).

use std::collections::BTreeSet;

use crate::facts::Facts;
use crate::measure::{Amount, Ratio, Tally};
use crate::period::{Kind, Period};

use super::pacing::{Status, StatusRules};

/// The figures of one line in one year or month.
#[derive(Clone, Debug)]
pub struct BudgetFigures {
    /// Position among the lines.
    pub line: usize,
    pub period: Period,
    /// Of the whole period.
    pub budget: Tally,
    pub committed: Tally,
    /// Up to the as-of day.
    pub actual: Tally,
    /// The part of the budget that was due by the as-of day: Σ over months of budget × share of
    /// work days passed.
    pub due: Amount,
}

impl BudgetFigures {
    /// Budget − committed − actual; nothing where no budget, or neither of the others, is known.
    pub fn available(&self) -> Option<Amount> {
        let used = self.committed + self.actual;
        Some(self.budget.value()? - used.value()?)
    }

    /// Actual ÷ budget.
    pub fn utilisation(&self) -> Option<Ratio> {
        self.actual.value()?.ratio_to(self.budget.value()?)
    }

    /// Share of the budget that was due by the as-of day: 1 once the period is over.
    pub fn pace(&self) -> Option<Ratio> {
        self.due.ratio_to(self.budget.value()?)
    }

    /// Actual − budget of the whole period, begun or not.
    pub fn variance(&self) -> Option<Amount> {
        Some(self.actual.value()? - self.budget.value()?)
    }

    /// Status by utilisation against pace; spending less is better.
    pub fn status(&self, rules: &StatusRules) -> Status {
        let lead = self.budget.value().zip(self.actual.value());
        let lead = lead.and_then(|(budget, actual)| (self.due - actual).ratio_to(budget.abs()));
        lead.map_or(Status::NoData, |lead| rules.by_lead(lead))
    }
}

/// The figures of every line, year by year and then month by month.
pub fn compute(facts: &Facts) -> Vec<BudgetFigures> {
    let budgets = &facts.budgets;
    let months: BTreeSet<Period> = budgets.lines.iter().flat_map(|line| line.months()).collect();
    let year_of = |month: &Period| facts.calendar.containing(Kind::Year, facts.calendar.span(*month).first);
    let mut periods: BTreeSet<Period> = months.iter().map(year_of).collect();
    periods.extend(months);
    let mut figures = Vec::new();
    for period in periods.into_iter().filter(|period| super::is_wanted(facts, *period)) {
        let months = facts.calendar.months(period);
        for (position, line) in budgets.lines.iter().enumerate() {
            if !line.months().any(|month| months.contains(&month)) {
                continue;
            }
            let by_month = || months.iter().filter_map(|month| Some((*month, line.budget.get(month)?.value()?)));
            let due = by_month().map(|(month, budget)| {
                let (passed, all) = facts.calendar.elapsed(facts.calendar.span(month), facts.scope.as_of);
                (budget * Amount::whole(passed)).ratio_to(Amount::whole(all)).unwrap_or(Amount::ZERO)
            });
            figures.push(BudgetFigures {
                line: position,
                period,
                budget: months.iter().filter_map(|month| line.budget.get(month)).copied().sum(),
                committed: months.iter().filter_map(|month| line.committed.get(month)).copied().sum(),
                actual: budgets.actual(line, &months),
                due: due.sum(),
            });
        }
    }
    figures
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(budget: i64, due: i64, actual: Option<i64>, committed: Option<i64>) -> BudgetFigures {
        let tally = |amount: Option<i64>| amount.map_or(Tally::NOTHING, |amount| Tally::known(Amount::whole(amount)));
        BudgetFigures {
            line: 0,
            period: Period::year(2026),
            budget: tally(Some(budget)),
            committed: tally(committed),
            actual: tally(actual),
            due: Amount::whole(due),
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
    }

    /// Oracle Essbase @VAR: 110 spent of 100 is adverse; here the variance is actual − budget, +10.
    #[test]
    fn spending_less_than_pace_is_on_track() {
        let rules = StatusRules::default();
        let status = |actual| figures(100, 50, Some(actual), None).status(&rules);
        assert_eq!([50, 55, 56, 71].map(status), [Status::OnTrack, Status::AtRisk, Status::Behind, Status::Critical]);
        assert_eq!(figures(100, 50, None, None).status(&rules), Status::NoData);
        assert_eq!(figures(0, 0, Some(5), None).status(&rules), Status::NoData);
        assert_eq!(figures(100, 100, Some(110), None).variance(), Some(Amount::whole(10)));
    }
}
