//! Deals: opportunities, win rate, days to close, open pipeline and its coverage (§9 of the method).
//!
//! Each figure goes by its own date: opportunities by creation, won and lost by close, open deals by
//! expected close. A deal that lacks the date counts in the total of all periods only.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use crate::facts::deals::Standing;
use crate::facts::{Facts, Unit};
use crate::measure::{Amount, Ratio, Reading, Tally};
use crate::period::{Kind, Period};

/// The figures of one unit in one period.
#[derive(Clone, Debug)]
pub struct DealFigures {
    pub unit: Unit,
    /// Nothing for all periods together.
    pub period: Option<Period>,
    /// Deals created in the period.
    pub opportunities: u32,
    /// Open deals expected to close in the period.
    pub open: u32,
    /// Deals won in the period.
    pub won: u32,
    pub lost: u32,
    /// Σ amounts of the deals won: zero where none was won, nothing where no amount is known.
    pub won_value: Option<Amount>,
    pub days_to_close_won: DaysToClose,
    /// Σ amounts of the open deals whose amount is known; nothing where none is.
    pub open_value: Option<Amount>,
    /// Σ amount × probability of the open deals that have both; nothing where none has.
    pub weighted_value: Option<Amount>,
    /// Open value ÷ (sales target − sales so far). Nothing where the target is reached.
    pub coverage_remaining: Option<Ratio>,
    /// Open value ÷ sales target of the whole period.
    pub coverage_target: Option<Ratio>,
}

impl DealFigures {
    /// Won ÷ (won + lost); nothing where nothing was decided.
    pub fn win_rate(&self) -> Option<Ratio> {
        count(self.won).ratio_to(count(self.won) + count(self.lost))
    }
}

/// Days from creation to close of the deals won; nothing where none has both dates.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct DaysToClose {
    pub average: Option<Ratio>,
    pub median: Option<Ratio>,
    pub p90: Option<Ratio>,
}

impl DaysToClose {
    fn of(mut days: Vec<i64>) -> Self {
        days.sort_unstable();
        let n_deals = i64::try_from(days.len()).unwrap_or(i64::MAX);
        let average = Amount::whole(days.iter().sum()).ratio_to(Amount::whole(n_deals));
        DaysToClose { average, median: percentile(&days, 50), p90: percentile(&days, 90) }
    }
}

/// A percentile of sorted values, linear between the two nearest: Excel's `PERCENTILE.INC`.
fn percentile(sorted: &[i64], percent: i64) -> Option<Ratio> {
    let last = i64::try_from(sorted.len().checked_sub(1)?).ok()?;
    let rank = last * percent;
    let (whole, rest) = (usize::try_from(rank / 100).ok()?, rank % 100);
    let low = *sorted.get(whole)?;
    let high = sorted.get(whole + 1).copied().unwrap_or(low);
    Some(Amount::whole(low) + Amount::from_units(i128::from((high - low) * rest), 2))
}

fn count(n: u32) -> Amount {
    Amount::whole(i64::from(n))
}

/// What adds up for a unit and period.
#[derive(Default)]
struct Sums {
    opportunities: u32,
    open: u32,
    won: u32,
    lost: u32,
    won_value: Tally,
    days: Vec<i64>,
    open_value: Tally,
    weighted_value: Tally,
}

/// The figures of every unit, first for all periods together, then for each period in which
/// something was created, closed or is expected to close.
pub fn compute(facts: &Facts) -> Vec<DealFigures> {
    let units = facts.units.all();
    let reported: BTreeSet<Unit> = units.iter().copied().collect();
    let homes: Vec<Vec<Unit>> = facts
        .units
        .seats()
        .iter()
        .map(|seat| {
            let of_team = seat.team.and_then(|team| facts.units.team(team).region);
            let levels = [
                Some(Unit::Company),
                seat.region.or(of_team).map(Unit::Region),
                seat.team.map(Unit::Team),
                Some(Unit::Person(seat.person)),
            ];
            levels.into_iter().flatten().filter(|unit| reported.contains(unit)).collect()
        })
        .collect();
    let mut sums: BTreeMap<Option<Period>, FxHashMap<Unit, Sums>> = BTreeMap::new();
    for deal in &facts.deals.deals {
        let mut add = |seat: u32, day: Option<NaiveDate>, add: &dyn Fn(&mut Sums)| {
            for period in periods_of(facts, day) {
                let by_unit = sums.entry(period).or_default();
                for unit in &homes[seat as usize] {
                    add(by_unit.entry(*unit).or_default());
                }
            }
        };
        add(deal.opened_by, deal.created, &|sums| sums.opportunities += 1);
        match deal.standing {
            Standing::Open => add(deal.held_by, deal.expected_close, &|sums| {
                sums.open += 1;
                if let Reading::Known(amount) = deal.amount {
                    sums.open_value += Tally::known(amount);
                    let weighted = deal.probability.map(|probability| Tally::known(amount * probability));
                    sums.weighted_value += weighted.unwrap_or_default();
                }
            }),
            Standing::Won => add(deal.held_by, deal.closed, &|sums| {
                sums.won += 1;
                sums.won_value += Tally::from(deal.amount);
                sums.days.extend(deal.days_to_close());
            }),
            Standing::Lost => add(deal.held_by, deal.closed, &|sums| sums.lost += 1),
            Standing::Undecided => {}
        }
    }
    let mut figures = Vec::new();
    for (period, mut by_unit) in sums {
        let is_wanted = match period {
            Some(period) => super::is_wanted(facts, period),
            None => facts.scope.period.is_none(),
        };
        for unit in units.iter().filter(|_| is_wanted) {
            figures.extend(by_unit.remove(unit).map(|sums| figure(facts, *unit, period, sums)));
        }
    }
    figures
}

/// All periods together, and the year, quarter and month of a day.
fn periods_of(facts: &Facts, day: Option<NaiveDate>) -> Vec<Option<Period>> {
    let of_day =
        |day: NaiveDate| [Kind::Year, Kind::Quarter, Kind::Month].map(|kind| facts.calendar.containing(kind, day));
    let dated = day.map(of_day).into_iter().flatten().map(Some);
    std::iter::once(None).chain(dated).collect()
}

fn figure(facts: &Facts, unit: Unit, period: Option<Period>, sums: Sums) -> DealFigures {
    let won_value = if sums.won == 0 { Some(Amount::ZERO) } else { sums.won_value.value() };
    let open_value = sums.open_value.value();
    let target = period.and_then(|period| sales_target(facts, unit, period, won_value));
    let coverage = |base: Amount| open_value?.ratio_to(base);
    DealFigures {
        unit,
        period,
        opportunities: sums.opportunities,
        open: sums.open,
        won: sums.won,
        lost: sums.lost,
        won_value,
        days_to_close_won: DaysToClose::of(sums.days),
        open_value,
        weighted_value: sums.weighted_value.value(),
        coverage_remaining: target.map(|(_, remaining)| remaining).filter(|rest| rest.is_positive()).and_then(coverage),
        coverage_target: target.map(|(whole, _)| whole).and_then(coverage),
    }
}

/// The sales target of a unit and period, and what of it is still to sell: by the actuals, or by the
/// deals won where there are no actuals of sales. Only a positive target can be covered.
fn sales_target(facts: &Facts, unit: Unit, period: Period, won_value: Option<Amount>) -> Option<(Amount, Amount)> {
    let metric = facts.metrics.position("sales_amount")?;
    let target = facts.plans.get(metric, unit, period).full.value().filter(|target| target.is_positive())?;
    let sold = if facts.ledger.has(metric) {
        facts.ledger.sum(metric, &facts.units.seats_of(unit), &facts.calendar.months(period), true).value()
    } else {
        won_value
    };
    // What nobody reported as sold is still to sell.
    Some((target, target - sold.unwrap_or(Amount::ZERO)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Excel: MEDIAN(1,2,3,4) = 2.5, PERCENTILE.INC({1,2,3,4},0.9) = 3.7; of {10,20,30,40,50}, 30 and 46.
    #[test]
    fn percentiles_are_excels() {
        let shown = |days: &[i64]| {
            let days = DaysToClose::of(days.to_vec());
            [days.average, days.median, days.p90].map(|figure| figure.map(Amount::plain))
        };
        let texts = |texts: [&str; 3]| texts.map(|text| Some(text.to_string()));
        assert_eq!(shown(&[4, 1, 3, 2]), texts(["2.5", "2.5", "3.7"]));
        assert_eq!(shown(&[50, 10, 40, 20, 30]), texts(["30", "30", "46"]));
        assert_eq!(shown(&[7]), texts(["7", "7", "7"]));
        assert_eq!(shown(&[]), [None, None, None]);
    }
}
