//! Deals: opportunities, win rate, days to close, open pipeline and its coverage (§9 of the method).
//!
//! Each figure goes by its own date: opportunities by creation, won and lost by close, open deals by
//! expected close. A deal that lacks the date counts in the total of all periods only.
//!
//! Velocity is open deals × win rate × average value of the deals won ÷ their average days to close: the money that
//! the pipeline as it stands brings a day. It is of all periods together, where the four are of the same deals.
//! An open deal without a probability is weighted by the measured one of its stage (see [`WinRates`]).

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use crate::facts::deals::{Deal, Standing};
use crate::facts::{Facts, Unit};
use crate::measure::{Amount, Ratio, Reading, Tally};
use crate::period::{Kind, Period};

use super::funnel::Cohort;
use super::shortfall::Attribution;

/// How deals are judged, as set.
#[derive(Clone, Copy, Debug)]
pub struct DealRules {
    pub cohort: Cohort,
    pub attribution: Attribution,
    /// Days without movement after which an open deal is stalled; where nothing is set, what the deals themselves
    /// show (see `deal_alerts`).
    pub stalled_days: Option<u32>,
    /// Share of the earlier amount by which an amount has to change to be remarked on.
    pub amount_jump: Ratio,
    /// Decided deals, or finished visits, that a measured rate or limit needs.
    pub min_decided: u32,
}

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
    pub days_to_close_won: Days,
    pub days_to_close_lost: Days,
    /// Of deals won and lost together.
    pub days_to_close_all: Days,
    /// Σ amounts of the deals won ÷ how many of them have an amount.
    pub average_won_value: Option<Ratio>,
    /// Σ amounts of the open deals whose amount is known; nothing where none is.
    pub open_value: Option<Amount>,
    /// Σ amount × probability of the open deals that have both, the probability as given or else as measured at
    /// their stage; nothing where none has.
    pub weighted_value: Option<Amount>,
    /// Open deals with an amount and without any probability: they are in no weighted value.
    pub n_unweighted: u32,
    /// Open value ÷ (sales target − sales so far). Nothing where the target is reached.
    pub coverage_remaining: Option<Ratio>,
    /// Open value ÷ sales target of the whole period.
    pub coverage_target: Option<Ratio>,
    /// What of the sales target is still to sell; nothing without a target.
    pub remaining_target: Option<Amount>,
    /// Σ list values of the open deals that have one; nothing where none has.
    pub open_list_value: Option<Amount>,
    /// Σ amounts ÷ Σ list values of the deals won that have both; nothing where none has.
    pub won_to_list: Option<Ratio>,
}

impl DealFigures {
    /// Won ÷ (won + lost); nothing where nothing was decided.
    pub fn win_rate(&self) -> Option<Ratio> {
        count(self.won).ratio_to(count(self.won) + count(self.lost))
    }

    /// Open deals × win rate × average value won ÷ average days to close of the deals won, in money a day. Only of
    /// all periods together.
    pub fn velocity(&self) -> Option<Ratio> {
        if self.period.is_some() {
            return None;
        }
        let value = count(self.open).times(self.win_rate()?)?.times(self.average_won_value?)?;
        value.ratio_to(self.days_to_close_won.average?)
    }
}

/// Durations in days; nothing where there is none.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Days {
    pub average: Option<Ratio>,
    pub median: Option<Ratio>,
    pub p90: Option<Ratio>,
}

impl Days {
    pub(super) fn of(mut days: Vec<i64>) -> Self {
        days.sort_unstable();
        let n_deals = i64::try_from(days.len()).unwrap_or(i64::MAX);
        let average = Amount::whole(days.iter().sum()).ratio_to(Amount::whole(n_deals));
        Days { average, median: percentile(&days, 50), p90: percentile(&days, 90) }
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
    days_won: Vec<i64>,
    days_lost: Vec<i64>,
    open_value: Tally,
    weighted_value: Tally,
    n_unweighted: u32,
    open_list_value: Tally,
    /// Amounts and list values of the deals won that have both.
    won_and_listed: (Tally, Tally),
}

/// The figures of every unit, first for all periods together, then for each period in which
/// something was created, closed or is expected to close.
pub fn compute(facts: &Facts, min_decided: u32) -> Vec<DealFigures> {
    let units = facts.units.all();
    let homes = homes(facts);
    let rates = WinRates::measure(facts, min_decided);
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
                sums.open_list_value += Tally::from(deal.list_value);
                if let Reading::Known(amount) = deal.amount {
                    sums.open_value += Tally::known(amount);
                    let weighted = rates.probability(deal).map(|probability| Tally::known(amount * probability));
                    sums.n_unweighted += u32::from(weighted.is_none());
                    sums.weighted_value += weighted.unwrap_or_default();
                }
            }),
            Standing::Won => add(deal.held_by, deal.closed, &|sums| {
                sums.won += 1;
                sums.won_value += Tally::from(deal.amount);
                if let (Reading::Known(amount), Reading::Known(listed)) = (deal.amount, deal.list_value) {
                    sums.won_and_listed.0 += Tally::known(amount);
                    sums.won_and_listed.1 += Tally::known(listed);
                }
                sums.days_won.extend(deal.days_to_close());
            }),
            Standing::Lost => add(deal.held_by, deal.closed, &|sums| {
                sums.lost += 1;
                sums.days_lost.extend(deal.days_to_close());
            }),
            Standing::Undecided => {}
        }
    }
    let mut figures = Vec::new();
    for (period, mut by_unit) in sums {
        let is_reported = super::is_reported(facts, period);
        for unit in units.iter().filter(|_| is_reported) {
            figures.extend(by_unit.remove(unit).map(|sums| figure(facts, *unit, period, sums)));
        }
    }
    figures
}

/// The units above each seat that are reported, the company first.
pub(super) fn homes(facts: &Facts) -> Vec<Vec<Unit>> {
    let reported: BTreeSet<Unit> = facts.units.all().into_iter().collect();
    let seats = facts.units.seats().iter().zip(0u32..).map(|(seat, index)| {
        if !facts.units.is_here(index) {
            return Vec::new();
        }
        let of_team = seat.team.and_then(|team| facts.units.team(team).region);
        let levels = [
            Some(Unit::Company),
            seat.region.or(of_team).map(Unit::Region),
            seat.team.map(Unit::Team),
            Some(Unit::Person(seat.person)),
        ];
        levels.into_iter().flatten().filter(|unit| reported.contains(unit)).collect()
    });
    seats.collect()
}

/// How many of the deals decided after they had reached a stage were won.
///
/// A lost deal of which no stage is known may have been at any: it counts at every one, so that the rates are rather
/// too low than too high. A stage with fewer decided deals than asked for has no rate.
pub struct WinRates(Vec<Option<Ratio>>);

impl WinRates {
    pub fn measure(facts: &Facts, min_decided: u32) -> Self {
        let rate = |stage: usize| {
            let reached = |deal: &&Deal| match deal.standing {
                Standing::Won => true,
                Standing::Lost => deal.furthest >= stage || !deal.is_stage_known,
                Standing::Open | Standing::Undecided => false,
            };
            let decided = || facts.deals.everybodys().iter().filter(reached);
            let n_decided = u32::try_from(decided().count()).unwrap_or(u32::MAX);
            let n_won = decided().filter(|deal| deal.standing == Standing::Won).count();
            let won = count(u32::try_from(n_won).unwrap_or(u32::MAX));
            won.ratio_to(count(n_decided)).filter(|_| n_decided >= min_decided.max(1)).map(|rate| rate.rounded(6))
        };
        WinRates((0..facts.deals.stages.len()).map(rate).collect())
    }

    /// The measured rate of a stage.
    pub fn at(&self, stage: usize) -> Option<Ratio> {
        self.0.get(stage).copied().flatten()
    }

    /// A deal's probability as given, or as measured at its stage.
    pub fn probability(&self, deal: &Deal) -> Option<Ratio> {
        deal.probability.or_else(|| self.at(deal.stage?))
    }
}

/// All periods together, and the year, quarter and month of a day.
pub(super) fn periods_of(facts: &Facts, day: Option<NaiveDate>) -> Vec<Option<Period>> {
    let of_day =
        |day: NaiveDate| [Kind::Year, Kind::Quarter, Kind::Month].map(|kind| facts.calendar.containing(kind, day));
    let dated = day.map(of_day).into_iter().flatten().map(Some);
    std::iter::once(None).chain(dated).collect()
}

fn figure(facts: &Facts, unit: Unit, period: Option<Period>, sums: Sums) -> DealFigures {
    let won_value = if sums.won == 0 { Some(Amount::ZERO) } else { sums.won_value.value() };
    let open_value = sums.open_value.value();
    let target = period.and_then(|period| sales_target(facts, unit, period, won_value));
    let decided = sums.days_won.iter().chain(&sums.days_lost).copied().collect();
    let n_valued = count(sums.won_value.n_known);
    let coverage = |base: Amount| open_value?.ratio_to(base);
    DealFigures {
        unit,
        period,
        opportunities: sums.opportunities,
        open: sums.open,
        won: sums.won,
        lost: sums.lost,
        won_value,
        days_to_close_all: Days::of(decided),
        days_to_close_won: Days::of(sums.days_won),
        days_to_close_lost: Days::of(sums.days_lost),
        average_won_value: sums.won_value.value().and_then(|value| value.ratio_to(n_valued)),
        open_value,
        weighted_value: sums.weighted_value.value(),
        n_unweighted: sums.n_unweighted,
        coverage_remaining: target.map(|(_, remaining)| remaining).filter(|rest| rest.is_positive()).and_then(coverage),
        coverage_target: target.map(|(whole, _)| whole).and_then(coverage),
        remaining_target: target.map(|(_, remaining)| remaining),
        open_list_value: sums.open_list_value.value(),
        won_to_list: sums.won_and_listed.0.value().zip(sums.won_and_listed.1.value()).and_then(|(a, b)| a.ratio_to(b)),
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
            let days = Days::of(days.to_vec());
            [days.average, days.median, days.p90].map(|figure| figure.map(Amount::plain))
        };
        let texts = |texts: [&str; 3]| texts.map(|text| Some(text.to_string()));
        assert_eq!(shown(&[4, 1, 3, 2]), texts(["2.5", "2.5", "3.7"]));
        assert_eq!(shown(&[50, 10, 40, 20, 30]), texts(["30", "30", "46"]));
        assert_eq!(shown(&[7]), texts(["7", "7", "7"]));
        assert_eq!(shown(&[]), [None, None, None]);
    }
}
