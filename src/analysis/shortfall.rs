//! Why a result differs from its base (§9 of the method): the result is a product of factors (leads × step rates ×
//! value per deal), and the difference is split over them.
//!
//! By the Shapley value: the mean, over all orders in which factors can go from base to actual, of what each adds.
//! It knows no order, is exact where a factor is zero, and adds up to the difference. Or by the logarithmic mean
//! (LMDI): effect = L × ln(actual ÷ base) with L = (A − B) ÷ ln(A ÷ B), which needs positive factors throughout.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::facts::{Facts, Unit};
use crate::measure::{Amount, Ratio};
use crate::period::{Kind, Period};

use super::attainment::Attainment;
use super::deals::DealFigures;

/// How a difference is split over factors.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Attribution {
    #[default]
    Shapley,
    /// Logarithmic mean; Shapley where a factor is not positive.
    Lmdi,
}

impl Attribution {
    pub fn key(self) -> &'static str {
        match self {
            Attribution::Shapley => "shapley",
            Attribution::Lmdi => "lmdi",
        }
    }
}

/// What the actual is compared with.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Base {
    Plan,
    PriorYear,
    PriorPeriod,
}

impl Base {
    /// PL and PY as IBCS has them; PP is the period before.
    pub fn code(self) -> &'static str {
        match self {
            Base::Plan => "PL",
            Base::PriorYear => "PY",
            Base::PriorPeriod => "PP",
        }
    }
}

/// What is counted along a chain from leads to money.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Quantity {
    /// A metric, by its position.
    Metric(usize),
    /// Deals won or lost.
    Decided,
    Won,
    /// Σ amounts of the deals won.
    WonValue,
}

/// A factor of a result: the first quantity of its chain, or one per another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Factor {
    Quantity(Quantity),
    Ratio { of: Quantity, per: Quantity },
}

/// The difference of one result of a unit and period from its base, and what made it.
#[derive(Clone, Debug)]
pub struct Shortfall {
    pub unit: Unit,
    pub period: Period,
    pub base: Base,
    /// What the factors multiply to.
    pub result: Quantity,
    pub plan: Amount,
    pub actual: Amount,
    /// In the order of the chain; their effects add up to actual − plan.
    pub parts: Vec<Part>,
}

/// One factor of a result.
#[derive(Clone, Debug)]
pub struct Part {
    pub factor: Factor,
    /// Its value in the base; where nothing came before it to be divided by, the actual's.
    pub plan: Amount,
    pub actual: Amount,
    /// What it adds to the difference, in the result's unit.
    pub effect: Amount,
    /// Effect ÷ difference; nothing where there is none.
    pub share: Option<Ratio>,
}

impl Shortfall {
    /// Actual − plan.
    pub fn gap(&self) -> Amount {
        self.actual - self.plan
    }

    /// The factor that made most of a difference in its direction; nothing where there is no difference.
    pub fn largest(&self) -> Option<&Part> {
        let is_down = self.gap().is_negative();
        let made = self.parts.iter().filter(|part| !part.effect.is_zero() && part.effect.is_negative() == is_down);
        made.filter(|_| !self.gap().is_zero()).reduce(|a, b| if b.effect.abs() > a.effect.abs() { b } else { a })
    }
}

/// The effect of each factor on the difference of two products, exact to the last decimal. Empty where the factors
/// are not as many on both sides, or a product is too large to be kept.
pub fn shapley(plan: &[Amount], actual: &[Amount]) -> Vec<Amount> {
    let gap = product(actual).zip(product(plan)).map(|(actual, plan)| actual - plan);
    let effects = shapley_effects(plan, actual);
    gap.zip(effects).map(|(gap, effects)| tied(&effects, gap)).unwrap_or_default()
}

/// The same by the logarithmic mean; by Shapley where it is not defined.
pub fn lmdi(plan: &[Amount], actual: &[Amount]) -> Vec<Amount> {
    let gap = product(actual).zip(product(plan)).map(|(actual, plan)| actual - plan);
    match gap.zip(lmdi_effects(plan, actual)) {
        Some((gap, effects)) => tied(&effects, gap),
        None => shapley(plan, actual),
    }
}

fn product(factors: &[Amount]) -> Option<Amount> {
    factors.iter().try_fold(Amount::ONE, |product, factor| product.times(*factor))
}

/// More factors than this have more subsets than a report can wait for.
const MOST_FACTORS: usize = 16;

/// effect(i) = Σ over the subsets S without i of (v(S and i) − v(S)) ÷ (n × C(n − 1, |S|)), where in v(S) the factors
/// of S are actual and the others planned (Shapley 1953).
fn shapley_effects(plan: &[Amount], actual: &[Amount]) -> Option<Vec<Amount>> {
    let n = plan.len();
    if n != actual.len() || n == 0 || n > MOST_FACTORS {
        return None;
    }
    let value = |subset: usize| {
        let factor = |index: usize| if subset & (1 << index) == 0 { plan[index] } else { actual[index] };
        (0..n).try_fold(Amount::ONE, |product, index| product.times(factor(index)))
    };
    let values: Vec<Amount> = (0..1usize << n).map(value).collect::<Option<_>>()?;
    let effect = |index: usize| {
        let mut by_size = vec![Amount::ZERO; n];
        for subset in (0..1usize << n).filter(|subset| subset & (1 << index) == 0) {
            by_size[subset.count_ones() as usize] += values[subset | (1 << index)] - values[subset];
        }
        let parts = by_size.into_iter().enumerate();
        parts.map(|(size, sum)| sum.ratio_to(Amount::whole(orders(n, size)))).sum::<Option<Amount>>()
    };
    (0..n).map(effect).collect()
}

/// n × C(n − 1, size).
fn orders(n: usize, size: usize) -> i64 {
    let choose = (0..size).fold(1usize, |choose, index| choose * (n - 1 - index) / (index + 1));
    i64::try_from(n * choose).unwrap_or(i64::MAX)
}

fn lmdi_effects(plan: &[Amount], actual: &[Amount]) -> Option<Vec<Amount>> {
    if plan.len() != actual.len() || plan.iter().chain(actual).any(|factor| !factor.is_positive()) {
        return None;
    }
    let (before, after) = (product(plan)?.binary(), product(actual)?.binary());
    let change = (after / before).ln();
    let mean = if change == 0.0 { before } else { (after - before) / change };
    let effect = |(plan, actual): (&Amount, &Amount)| {
        Amount::from_setting(mean * (actual.binary() / plan.binary()).ln()).map(|effect| effect.rounded(LMDI_DECIMALS))
    };
    plan.iter().zip(actual).map(effect).collect()
}

/// Decimals of a logarithmic effect that are worth keeping.
const LMDI_DECIMALS: u8 = 6;
/// Decimals that effects are rounded to at least, and at most.
const DECIMALS: std::ops::RangeInclusive<u8> = 6..=15;

/// Effects that add up to a total: rounded at its decimals, what is missing added by largest remainder.
fn tied(effects: &[Amount], total: Amount) -> Vec<Amount> {
    let decimals = DECIMALS.clone().find(|decimals| total.rounded(*decimals) == total).unwrap_or(*DECIMALS.end());
    let mut tied: Vec<Amount> = effects.iter().map(|effect| effect.rounded(decimals)).collect();
    let mut missing = total - tied.iter().copied().sum();
    let unit = Amount::from_units(if missing.is_negative() { -1 } else { 1 }, decimals);
    let mut order: Vec<usize> = (0..effects.len()).collect();
    order.sort_by_key(|index| {
        let remainder = effects[*index] - tied[*index];
        (std::cmp::Reverse(if missing.is_negative() { -remainder } else { remainder }), *index)
    });
    for index in order {
        if missing.abs() < unit.abs() {
            break;
        }
        tied[index] += unit;
        missing = missing - unit;
    }
    // Beyond the decimals kept, and where factors do not multiply to the total to the last digit.
    if let Some(largest) = (0..tied.len()).max_by_key(|index| (tied[*index].abs(), std::cmp::Reverse(*index))) {
        tied[largest] += missing;
    }
    tied
}

/// The factors of a chain of quantities and their effects. A rate over nothing says nothing: it is taken as the other
/// side's. Something that came from nothing has no factors.
pub fn split(chain: &[Quantity], plan: &[Amount], actual: &[Amount], attribution: Attribution) -> Option<Vec<Part>> {
    let (mut before, mut after) = (rates(plan)?, rates(actual)?);
    for (before, after) in before.iter_mut().zip(after.iter_mut()) {
        let known = before.or(*after).unwrap_or(Amount::ONE);
        *before = before.or(Some(known));
        *after = after.or(Some(known));
    }
    let (before, after): (Vec<Amount>, Vec<Amount>) =
        (before.into_iter().flatten().collect(), after.into_iter().flatten().collect());
    let gap = *actual.last()? - *plan.last()?;
    let effects = match attribution {
        Attribution::Shapley => shapley_effects(&before, &after),
        Attribution::Lmdi => lmdi_effects(&before, &after).or_else(|| shapley_effects(&before, &after)),
    };
    let effects = tied(&effects?, gap);
    let parts = effects.into_iter().enumerate().map(|(index, effect)| Part {
        factor: match index {
            0 => Factor::Quantity(chain[0]),
            _ => Factor::Ratio { of: chain[index], per: chain[index - 1] },
        },
        plan: before[index],
        actual: after[index],
        effect,
        share: effect.ratio_to(gap),
    });
    Some(parts.collect())
}

/// The first quantity, and each one ÷ the one before.
fn rates(quantities: &[Amount]) -> Option<Vec<Option<Amount>>> {
    let mut rates = vec![Some(*quantities.first()?)];
    for pair in quantities.windows(2) {
        let rate = pair[1].ratio_to(pair[0]);
        if rate.is_none() && !pair[1].is_zero() {
            return None;
        }
        rates.push(rate);
    }
    Some(rates)
}

/// Chains of metrics, for each result the longest first.
const CHAINS: [&[&str]; 6] = [
    &["leads", "new_customers", "sales_amount"],
    &["new_customers", "sales_amount"],
    &["orders", "sales_amount"],
    &["market_size", "sales_amount"],
    &["units", "sales_amount"],
    &["leads", "new_customers"],
];

/// Every difference that can be split: of metrics against plan, else prior year, else the period before; of the
/// value won against the prior year, else the period before.
pub fn compute(
    facts: &Facts,
    attainment: &[Attainment],
    deals: &[DealFigures],
    attribution: Attribution,
) -> Vec<Shortfall> {
    let mut shortfalls = of_metrics(facts, attainment, attribution);
    shortfalls.extend(of_deals(facts, deals, attribution));
    shortfalls
}

type Figures<'a> = HashMap<(usize, Unit, Period), &'a Attainment>;

fn of_metrics(facts: &Facts, attainment: &[Attainment], attribution: Attribution) -> Vec<Shortfall> {
    let is_reported = |figure: &&Attainment| !matches!(figure.unit, Unit::Seat(_)) && !figure.unit.is_offering();
    let figures: Figures<'_> = attainment
        .iter()
        .filter(is_reported)
        .map(|figure| ((figure.metric, figure.unit, figure.period), figure))
        .collect();
    let mut shortfalls = Vec::new();
    for figure in attainment.iter().filter(is_reported) {
        let key = facts.metrics[figure.metric].key.as_str();
        let chains = CHAINS.iter().filter(|chain| chain.last() == Some(&key));
        let chains: Vec<Vec<usize>> = chains
            .filter_map(|chain| chain.iter().map(|key| facts.metrics.position(key)).collect::<Option<Vec<_>>>())
            .collect();
        let bases = [Base::Plan, Base::PriorYear, Base::PriorPeriod];
        let found = bases.into_iter().find_map(|base| {
            chains.iter().find_map(|chain| of_chain(facts, &figures, figure, chain, base, attribution))
        });
        shortfalls.extend(found);
    }
    shortfalls
}

fn of_chain(
    facts: &Facts,
    figures: &Figures<'_>,
    figure: &Attainment,
    chain: &[usize],
    base: Base,
    attribution: Attribution,
) -> Option<Shortfall> {
    let (unit, period) = (figure.unit, figure.period);
    let before = match base {
        Base::PriorPeriod if figure.is_complete() => Some(period_before(facts, period)),
        Base::PriorPeriod => return None,
        Base::Plan | Base::PriorYear => None,
    };
    let value = |metric: usize| {
        let own = || figures.get(&(metric, unit, period));
        match (base, before) {
            (Base::Plan, _) => planned(facts, figures, metric, unit, period),
            (Base::PriorYear, _) => own()?.prior_year,
            (Base::PriorPeriod, before) => actual(facts, figures, metric, unit, before?),
        }
    };
    let plan: Vec<Amount> = chain.iter().map(|metric| value(*metric)).collect::<Option<_>>()?;
    let done: Vec<Amount> =
        chain.iter().map(|metric| actual(facts, figures, *metric, unit, period)).collect::<Option<_>>()?;
    let quantities: Vec<Quantity> = chain.iter().map(|metric| Quantity::Metric(*metric)).collect();
    let parts = split(&quantities, &plan, &done, attribution)?;
    let (plan, actual) = (*plan.last()?, *done.last()?);
    Some(Shortfall { unit, period, base, result: *quantities.last()?, plan, actual, parts })
}

/// A target, or what targets of others imply: leads = new customers ÷ conversion, new customers = leads × conversion.
fn planned(facts: &Facts, figures: &Figures<'_>, metric: usize, unit: Unit, period: Period) -> Option<Amount> {
    let target = |metric: usize| figures.get(&(metric, unit, period))?.target.value();
    let of = |key: &str| target(facts.metrics.position(key)?);
    target(metric).or_else(|| match facts.metrics[metric].key.as_str() {
        "leads" => of("new_customers")?.ratio_to(of("conversion")?),
        "new_customers" => of("leads")?.times(of("conversion")?),
        _ => None,
    })
}

/// What was reported, or what the stage counts say of leads and of deals won.
fn actual(facts: &Facts, figures: &Figures<'_>, metric: usize, unit: Unit, period: Period) -> Option<Amount> {
    let reported = figures.get(&(metric, unit, period)).and_then(|figure| figure.actual.value());
    reported.or_else(|| {
        let stage = match facts.metrics[metric].key.as_str() {
            "leads" => "leads",
            "new_customers" => "won",
            _ => return None,
        };
        let position = facts.stages.stages.iter().position(|other| other == stage)?;
        facts.stages.reached(&facts.units, &facts.calendar, unit, period).get(position)?.value()
    })
}

fn of_deals(facts: &Facts, deals: &[DealFigures], attribution: Attribution) -> Vec<Shortfall> {
    let dated = deals.iter().filter_map(|figures| Some(((figures.unit, figures.period?), figures)));
    let by_period: HashMap<(Unit, Period), &DealFigures> = dated.collect();
    let quantities = |figures: &DealFigures| {
        let decided = i64::from(figures.won) + i64::from(figures.lost);
        let value = figures.won_value.filter(|_| decided > 0)?;
        Some([Amount::whole(decided), Amount::whole(i64::from(figures.won)), value])
    };
    let chain = [Quantity::Decided, Quantity::Won, Quantity::WonValue];
    let mut shortfalls = Vec::new();
    for figures in deals {
        let Some(period) = figures.period else { continue };
        // Deals of a period that lasts are still to be decided.
        if facts.calendar.span(period).last > facts.scope.as_of {
            continue;
        }
        let Some(done) = quantities(figures) else { continue };
        let bases =
            [(Base::PriorYear, facts.calendar.year_before(period)), (Base::PriorPeriod, period_before(facts, period))];
        let found = bases.into_iter().find_map(|(base, before)| {
            let plan = quantities(by_period.get(&(figures.unit, before))?)?;
            let parts = split(&chain, &plan, &done, attribution)?;
            let (unit, result) = (figures.unit, Quantity::WonValue);
            Some(Shortfall { unit, period, base, result, plan: plan[2], actual: done[2], parts })
        });
        shortfalls.extend(found);
    }
    shortfalls
}

/// The period of the same kind before a year, quarter or month.
fn period_before(facts: &Facts, period: Period) -> Period {
    let day = facts.calendar.span(period).first.pred_opt();
    let kind = if matches!(period.kind, Kind::Year | Kind::Quarter) { period.kind } else { Kind::Month };
    day.map_or(period, |day| facts.calendar.containing(kind, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amounts(texts: &[&str]) -> Vec<Amount> {
        texts.iter().map(|text| Amount::parse(text).unwrap()).collect()
    }

    #[track_caller]
    fn assert_effects(effects: &[Amount], expected: &[&str]) {
        let shown: Vec<String> = effects.iter().map(|effect| effect.plain()).collect();
        assert_eq!(shown, expected);
    }

    /// Two factors by hand: the average of both orders. 10 × 5 → 12 × 4, from 50 to 48:
    /// first factor first: (12 − 10) × 5 = 10, then 12 × (4 − 5) = −12;
    /// second factor first: 10 × (4 − 5) = −10, then (12 − 10) × 4 = 8. Averages 9 and −11.
    #[test]
    fn two_factors_are_the_average_of_both_orders() {
        assert_effects(&shapley(&amounts(&["10", "5"]), &amounts(&["12", "4"])), &["9", "-11"]);
    }

    /// Case C31, bookings × revenue a booking: 1000×200 → 1000×220 is a change of the rate alone, 1500×220 → 1700×225
    /// of both. By hand for the second: rate first (225 − 220) × 1500 = 7,500 (the table's inner effect), then 200 × 225 = 45,000 (its mix);
    /// bookings first 200 × 220 = 44,000, then 5 × 1700 = 8,500. Averages 44,500 and 8,000, together 52,500.
    #[test]
    fn c31_bookings_times_revenue() {
        assert_effects(&shapley(&amounts(&["1000", "200"]), &amounts(&["1000", "220"])), &["0", "20000"]);
        assert_effects(&shapley(&amounts(&["1500", "220"]), &amounts(&["1700", "225"])), &["44500", "8000"]);
    }

    /// Three factors by hand, a × b × c from 1 × 1 × 1 to 2 × 2 × 2: all are alike, so each has a third of 7.
    /// Thirds of a total without decimals are rounded at the sixth, the missing millionth goes to the first.
    #[test]
    fn thirds_add_up() {
        let effects = shapley(&amounts(&["1", "1", "1"]), &amounts(&["2", "2", "2"]));
        assert_effects(&effects, &["2.333334", "2.333333", "2.333333"]);
    }

    /// A factor that becomes zero takes its part, and nobody divides by it: 10 × 5 → 0 × 4.
    /// Orders by hand: (0 − 10) × 5 = −50, then 0; (4 − 5) × 10 = −10, then −10 × 4 = −40. Averages −45 and −5.
    #[test]
    fn zeros_are_exact() {
        assert_effects(&shapley(&amounts(&["10", "5"]), &amounts(&["0", "4"])), &["-45", "-5"]);
        assert_effects(&shapley(&amounts(&["0", "5"]), &amounts(&["0", "4"])), &["0", "0"]);
        assert_effects(&lmdi(&amounts(&["10", "5"]), &amounts(&["0", "4"])), &["-45", "-5"]);
    }

    /// LMDI by hand: 10 × 5 → 12 × 4: L = (48 − 50) ÷ ln(0.96) = 48.993196; × ln 1.2 = 8.932520, × ln 0.8 = −10.932520.
    #[test]
    fn the_logarithmic_mean() {
        let effects = lmdi(&amounts(&["10", "5"]), &amounts(&["12", "4"]));
        let near = |effect: Amount, expected: f64| (effect.binary() - expected).abs() < 2e-6;
        let l = -2.0 / 0.96_f64.ln();
        assert!(near(effects[0], l * 1.2_f64.ln()) && near(effects[1], l * 0.8_f64.ln()), "{effects:?}");
        assert_eq!(effects.iter().copied().sum::<Amount>(), Amount::whole(-2));
        // Nothing changed in all: the mean is the product itself.
        let same = lmdi(&amounts(&["10", "5"]), &amounts(&["5", "10"]));
        assert_eq!(same.iter().copied().sum::<Amount>(), Amount::ZERO);
        assert!(near(same[0], 50.0 * 0.5_f64.ln()));
    }

    /// Whatever the factors, the effects add up to the difference, and a factor's effect does not depend on where it
    /// stands.
    #[test]
    fn effects_always_tie_and_know_no_order() {
        let mut state = 7u64;
        let mut random = |below: u64| {
            // Knuth's MMIX generator.
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for round in 0..2_000 {
            let n = 1 + usize::try_from(random(4)).unwrap();
            let mut factors = || -> Vec<Amount> {
                let mut factor = || {
                    // Products of four stay within the 28 digits of an amount.
                    let (digits, scale) = (random(2_000), u8::try_from(random(4)).unwrap());
                    let sign = if random(5) == 0 { -1 } else { 1 };
                    Amount::from_units(i128::from(if random(8) == 0 { 0 } else { digits }) * sign, scale)
                };
                (0..n).map(|_| factor()).collect()
            };
            let (plan, actual) = (factors(), factors());
            let Some((before, after)) = product(&plan).zip(product(&actual)) else { continue };
            for effects in [shapley(&plan, &actual), lmdi(&plan, &actual)] {
                if effects.is_empty() {
                    continue;
                }
                assert_eq!(effects.iter().copied().sum::<Amount>(), after - before, "{round}: {plan:?} {actual:?}");
            }
            let turned = |factors: &[Amount]| factors.iter().rev().copied().collect::<Vec<_>>();
            let back = turned(&shapley(&turned(&plan), &turned(&actual)));
            for (one, other) in shapley(&plan, &actual).into_iter().zip(back) {
                let tolerance =
                    Amount::parse("0.00001").unwrap() + one.abs() * Amount::parse("0.000000000001").unwrap();
                assert!((one - other).abs() <= tolerance, "{round}: {one:?} {other:?}");
            }
        }
    }

    /// 1,000 leads × 25 % × 400 = 100,000 planned; 800 leads, 160 new customers (20 %), 72,000 sold (450 each).
    /// By hand, with a, b, c for the three and both sides' values, the Shapley value of three factors is
    /// Δa (b0c0 ÷ 3 + b1c0 ÷ 6 + b0c1 ÷ 6 + b1c1 ÷ 3) and so on:
    /// leads −200 × (100/3 + 80/6 + 112.5/6 + 90/3) = −19,083.333…,
    /// conversion −0.05 × (400,000/3 + 320,000/6 + 450,000/6 + 360,000/3) = −19,083.333…,
    /// value 50 × (250/3 + 200/6 + 200/6 + 160/3) = 10,166.666…; together −28,000. Each is a third of a millionth off
    /// its sixth decimal: the missing millionth goes to the first.
    #[test]
    fn a_chain_of_three() {
        let chain = [Quantity::Metric(0), Quantity::Metric(1), Quantity::Metric(2)];
        let (plan, actual) = (amounts(&["1000", "250", "100000"]), amounts(&["800", "160", "72000"]));
        let parts = split(&chain, &plan, &actual, Attribution::Shapley).unwrap();
        let effects: Vec<Amount> = parts.iter().map(|part| part.effect).collect();
        assert_effects(&effects, &["-19083.333334", "-19083.333333", "10166.666667"]);
    }

    #[test]
    fn a_rate_over_nothing_says_nothing() {
        let chain = [Quantity::Decided, Quantity::Won, Quantity::WonValue];
        let (plan, actual) = (amounts(&["10", "5", "500"]), amounts(&["0", "0", "0"]));
        let parts = split(&chain, &plan, &actual, Attribution::Shapley).unwrap();
        let effects: Vec<Amount> = parts.iter().map(|part| part.effect).collect();
        assert_effects(&effects, &["-500", "0", "0"]);
        // Money without deals has no factors.
        assert!(split(&chain, &plan, &amounts(&["0", "0", "1"]), Attribution::Shapley).is_none());
    }
}
