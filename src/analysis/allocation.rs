//! An amount divided over units: by difficulty, by target, equally, or by given weights (§10 of the method).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::facts::roster::key;
use crate::facts::{Facts, Level, Unit};
use crate::measure::{Amount, Ratio};
use crate::metric::Formula;
use crate::period::{Kind, Period};

use super::attainment::Attainment;

/// What the units' shares go by.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum AllocateBy {
    /// Target × (1 − expected attainment): most where most is missing.
    #[default]
    Difficulty,
    /// The target alone.
    Target,
    Equal,
    /// The weights that the settings give.
    Weights,
}

impl AllocateBy {
    pub fn key(self) -> &'static str {
        match self {
            AllocateBy::Difficulty => "difficulty",
            AllocateBy::Target => "target",
            AllocateBy::Equal => "equal",
            AllocateBy::Weights => "weights",
        }
    }
}

/// What is to be divided, and how.
#[derive(Clone, Debug)]
pub struct AllocationRule {
    /// Money, in full units.
    pub amount: Amount,
    pub by: AllocateBy,
    pub level: Level,
    /// Position of the metric whose targets and forecasts decide.
    pub metric: usize,
    /// By name or id of a unit.
    pub weights: BTreeMap<String, Amount>,
}

/// A unit's part.
#[derive(Clone, Debug)]
pub struct Share {
    pub unit: Unit,
    /// Of the whole period.
    pub target: Option<Amount>,
    /// Run-rate forecast ÷ target of the whole period.
    pub expected_attainment: Option<Ratio>,
    pub weight: Amount,
    pub amount: Amount,
}

/// An amount divided over units: the parts add up to it exactly.
#[derive(Clone, Debug)]
pub struct Allocation {
    pub by: AllocateBy,
    pub metric: usize,
    pub period: Period,
    pub shares: Vec<Share>,
    /// No weight was above zero, and the parts are equal.
    pub is_equal_for_want_of_weights: bool,
}

/// Decimals to which an amount is divided.
const CENTS: u8 = 2;

/// The weight of difficulty: target × (1 − expected attainment), what is expected to be missing. A unit that is
/// expected to reach its target has none; one of which nothing is expected yet, its whole target.
pub fn difficulty(target: Option<Amount>, expected_attainment: Option<Ratio>) -> Amount {
    let Some(target) = target.filter(|target| target.is_positive()) else { return Amount::ZERO };
    let missing = Amount::ONE - expected_attainment.unwrap_or(Amount::ZERO);
    if missing.is_positive() { target * missing } else { Amount::ZERO }
}

/// Divides an amount by weights of any size, to the cent: largest remainder, ties to the earlier. All weights
/// zero means equal parts.
pub fn divide(amount: Amount, weights: &[Amount]) -> Vec<Amount> {
    let largest = weights.iter().copied().max().unwrap_or(Amount::ZERO);
    // Whole numbers in the same proportions, to nine digits.
    let whole = |weight: &Amount| {
        let units = weight.ratio_to(largest)?.rounded(WEIGHT_DIGITS).units(WEIGHT_DIGITS)?;
        i64::try_from(units).ok()
    };
    let whole: Vec<i64> = weights.iter().map(|weight| whole(weight).unwrap_or(0)).collect();
    amount.split(&whole, CENTS)
}

/// Digits after the point of a weight as a share of the largest.
const WEIGHT_DIGITS: u8 = 9;

/// Divides the amount over the units of a level that have a name. The period is the one that the report is about,
/// or the year of the as-of day; the figures are of the whole period, begun or not.
pub fn compute(facts: &Facts, figures: &[Attainment], rule: &AllocationRule) -> Option<Allocation> {
    let year = facts.calendar.containing(Kind::Year, facts.scope.as_of);
    let period = super::focus(facts).unwrap_or(year);
    let mut shares: Vec<Share> = members(facts, rule)
        .into_iter()
        .map(|unit| {
            let figure = figures
                .iter()
                .find(|figure| figure.metric == rule.metric && figure.unit == unit && figure.period == period);
            let target = figure.and_then(|figure| figure.period_target.value());
            // A rate has no run rate: what it is now is what is expected.
            let is_rate = matches!(facts.metrics[rule.metric].formula, Formula::Ratio { .. });
            let expected = figure.and_then(|figure| {
                if is_rate { figure.actual.value() } else { figure.forecast.map(|forecast| forecast.value) }
            });
            let expected_attainment = expected.zip(target).and_then(|(expected, target)| expected.ratio_to(target));
            let weight = match rule.by {
                AllocateBy::Difficulty => difficulty(target, expected_attainment),
                AllocateBy::Target => target.filter(|target| target.is_positive()).unwrap_or(Amount::ZERO),
                AllocateBy::Equal => Amount::ONE,
                AllocateBy::Weights => given_weight(facts, unit, rule),
            };
            Share { unit, target, expected_attainment, weight, amount: Amount::ZERO }
        })
        .collect();
    if shares.is_empty() {
        return None;
    }
    let weights: Vec<Amount> = shares.iter().map(|share| share.weight).collect();
    for (share, amount) in shares.iter_mut().zip(divide(rule.amount, &weights)) {
        share.amount = amount;
    }
    let is_equal_for_want_of_weights = weights.iter().all(|weight| weight.is_zero());
    Some(Allocation { by: rule.by, metric: rule.metric, period, shares, is_equal_for_want_of_weights })
}

/// The units that share an amount: those of the level that have a name.
pub fn members(facts: &Facts, rule: &AllocationRule) -> Vec<Unit> {
    let units = facts.units.all();
    units.into_iter().filter(|unit| rule.level.has(*unit) && facts.units.name(*unit).is_some()).collect()
}

/// Names with a weight that no unit of the level has.
pub fn unknown_names(facts: &Facts, rule: &AllocationRule) -> Vec<String> {
    let units = members(facts, rule);
    let is_unknown = |name: &&String| !units.iter().any(|unit| is_called(facts, *unit, name));
    rule.weights.keys().filter(is_unknown).cloned().collect()
}

/// Whether a name is that of a unit, or its id.
fn is_called(facts: &Facts, unit: Unit, name: &str) -> bool {
    let name = key(name);
    key(facts.units.name(unit).unwrap_or_default()) == name || key(&facts.units.id(unit)) == name
}

/// The weight that the settings give a unit by its name or its id.
fn given_weight(facts: &Facts, unit: Unit, rule: &AllocationRule) -> Amount {
    let found = rule.weights.iter().find(|(name, _)| is_called(facts, unit, name));
    found.map_or(Amount::ZERO, |(_, weight)| *weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str) -> Amount {
        Amount::parse(text).unwrap()
    }

    /// By hand: North 600,000 at 90 %, South 400,000 at 70 %, East 500,000 at 110 %: missing are 60,000, 120,000
    /// and nothing. Of 100,000 a third and two thirds: 33,333.33 and 66,666.67.
    #[test]
    fn most_goes_where_most_is_missing() {
        let weights = [("600000", "0.9"), ("400000", "0.7"), ("500000", "1.1")]
            .map(|(target, expected)| difficulty(Some(amount(target)), Some(amount(expected))));
        assert_eq!(weights, ["60000", "120000", "0"].map(amount));
        assert_eq!(divide(amount("100000"), &weights), ["33333.33", "66666.67", "0"].map(amount));
    }

    #[test]
    fn what_is_not_known_is_not_expected() {
        assert_eq!(difficulty(Some(amount("500")), None), amount("500"));
        assert_eq!(difficulty(None, Some(amount("0.5"))), Amount::ZERO);
        assert_eq!(difficulty(Some(amount("-500")), Some(amount("0.5"))), Amount::ZERO);
    }

    #[test]
    fn parts_add_up_whatever_the_weights() {
        for weights in [vec!["1", "1", "1"], vec!["0", "0", "0"], vec!["0.1", "0.2", "1000000"], vec!["7", "11", "13"]]
        {
            let weights: Vec<Amount> = weights.into_iter().map(amount).collect();
            let parts = divide(amount("100.01"), &weights);
            assert_eq!(parts.iter().copied().sum::<Amount>(), amount("100.01"), "{weights:?}");
        }
        // Equal thirds of 100.01: the odd cents go to the first two.
        assert_eq!(divide(amount("100.01"), &[Amount::ZERO; 3]), ["33.34", "33.34", "33.33"].map(amount));
    }
}
