//! Variance: actual − base, its impact by polarity, whether it matters, and who contributed (§3 of the method).

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::facts::{Facts, Unit};
use crate::measure::{Amount, Ratio};
use crate::metric::{Formula, Materiality, Polarity};
use crate::period::Period;

use super::attainment::Attainment;

/// What the actual is compared with.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Base {
    /// The target of the begun periods.
    Plan,
    /// The same days a year earlier.
    PriorYear,
    /// Finance's budget of the begun periods, beside the target.
    Budget,
}

impl Base {
    /// The IBCS code: PL, PY or BU.
    pub fn code(self) -> &'static str {
        match self {
            Base::Plan => "PL",
            Base::PriorYear => "PY",
            Base::Budget => "BU",
        }
    }
}

/// What a missing side of a comparison means.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Missing {
    /// No variance: nothing is not zero.
    #[default]
    Blank,
    /// Zero, as some finance tools have it.
    Zero,
}

/// Whether a variance is good news.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Impact {
    Favourable,
    Adverse,
    Neutral,
}

impl Impact {
    pub fn key(self) -> &'static str {
        match self {
            Impact::Favourable => "favourable",
            Impact::Adverse => "adverse",
            Impact::Neutral => "neutral",
        }
    }
}

/// Actual − base, or nothing when a side is missing and missing is not zero.
pub fn difference(actual: Option<Amount>, base: Option<Amount>, missing: Missing) -> Option<Amount> {
    match (actual, base, missing) {
        (Some(actual), Some(base), _) => Some(actual - base),
        (None, None, _) | (_, _, Missing::Blank) => None,
        (actual, base, Missing::Zero) => Some(actual.unwrap_or(Amount::ZERO) - base.unwrap_or(Amount::ZERO)),
    }
}

/// The difference as it is shown: nothing when it rounds to zero at the shown decimals.
pub fn shown(difference: Amount, decimals: u8) -> Option<Amount> {
    let rounded = difference.rounded(decimals);
    (!rounded.is_zero()).then_some(rounded)
}

/// One comparison of an actual with a base.
#[derive(Clone, Debug)]
pub struct Variance {
    pub metric: usize,
    pub unit: Unit,
    pub period: Period,
    pub base: Base,
    pub base_value: Option<Amount>,
    pub actual: Option<Amount>,
    /// Actual − base; points as a fraction for a rate.
    pub amount: Amount,
    pub impact: Impact,
    pub is_material: bool,
    /// Variance ÷ Σ|variance| of its level, metric and period.
    pub contribution: Option<Ratio>,
    pub is_rate: bool,
}

impl Variance {
    /// Variance ÷ |base|; nothing for a base of zero, and for a rate, whose difference is in points.
    pub fn ratio(&self) -> Option<Ratio> {
        if self.is_rate { None } else { self.amount.ratio_to(self.base_value?.abs()) }
    }
}

/// Favourable or adverse, by the metric's polarity; neutral when it rounds to nothing.
pub fn impact(difference: Amount, polarity: Polarity, decimals: u8) -> Impact {
    match (shown(difference, decimals), polarity) {
        (None, _) | (_, Polarity::Neutral) => Impact::Neutral,
        (Some(shown), Polarity::HigherBetter) if shown.is_positive() => Impact::Favourable,
        (Some(shown), Polarity::LowerBetter) if shown.is_negative() => Impact::Favourable,
        _ => Impact::Adverse,
    }
}

/// Whether a difference reaches its thresholds; on the threshold counts. Without a base to
/// relate to, the absolute threshold alone decides.
pub fn is_material(difference: Amount, base: Option<Amount>, rule: Materiality) -> bool {
    if difference.is_zero() {
        return false;
    }
    let absolute = difference.abs() >= rule.absolute;
    let relative = base.and_then(|base| difference.abs().ratio_to(base.abs())).map(|ratio| ratio >= rule.relative);
    match (relative, rule.both) {
        (Some(relative), true) => absolute && relative,
        (Some(relative), false) => absolute || relative,
        (None, _) => absolute,
    }
}

/// Compares every attainment figure with plan and prior year, and in the focus period what every product, segment
/// and customer bought with the year before.
pub fn compute(facts: &Facts, figures: &[Attainment], missing: Missing, focus: Option<Period>) -> Vec<Variance> {
    let mut variances = Vec::new();
    let is_shown = |figure: &&Attainment| !matches!(figure.unit, Unit::Seat(_) | Unit::Item(_));
    for figure in figures.iter().filter(is_shown) {
        let metric = &facts.metrics[figure.metric];
        let decimals = if figure.is_rate { metric.decimals + 2 } else { metric.decimals };
        let budget = facts.budgeted.get(figure.metric, figure.unit, figure.period).begun.value();
        let bases = [(Base::Plan, figure.target.value()), (Base::PriorYear, figure.prior_year), (Base::Budget, budget)];
        for (base, base_value) in bases {
            if base != Base::Plan && base_value.is_none() {
                continue;
            }
            let actual = figure.actual.value();
            let Some(amount) = difference(actual, base_value, missing) else { continue };
            variances.push(Variance {
                metric: figure.metric,
                unit: figure.unit,
                period: figure.period,
                base,
                base_value,
                actual,
                amount,
                impact: impact(amount, figure.polarity, decimals),
                is_material: is_material(amount, base_value, metric.materiality),
                contribution: None,
                is_rate: figure.is_rate,
            });
        }
    }
    if let Some(focus) = focus {
        let has_figures = figures.iter().any(|figure| figure.unit.is_offering());
        variances.extend(of_dimensions(facts, focus, has_figures));
    }
    add_contributions(&mut variances);
    variances
}

/// Customers, and products and segments that are too many for figures of their own, against the year before.
fn of_dimensions(facts: &Facts, focus: Period, has_offerings: bool) -> Vec<Variance> {
    let mut members: Vec<Unit> = if has_offerings { Vec::new() } else { facts.units.offerings() };
    members.extend(facts.units.customers());
    let months = facts.calendar.months(focus);
    let before = super::attainment::months_before(facts, focus);
    let mut variances = Vec::new();
    for (metric, described) in facts.metrics.iter().enumerate() {
        // Without any figure of the year before, everything would be new.
        let months_before: Vec<Period> = before.iter().map(|(month, _)| *month).collect();
        if described.formula != Formula::Sum || !facts.ledger.is_covered(metric, &months_before) {
            continue;
        }
        for unit in &members {
            let seats = facts.units.seats_of(*unit);
            let actual = facts.ledger.sum(metric, &seats, &months, true).value();
            let base_value = super::attainment::prior_sum(facts, metric, &seats, &before);
            if actual.is_none() && base_value.is_none() {
                continue;
            }
            // Both years were reported: who bought nothing in one of them bought nothing.
            let amount = actual.unwrap_or(Amount::ZERO) - base_value.unwrap_or(Amount::ZERO);
            variances.push(Variance {
                metric,
                unit: *unit,
                period: focus,
                base: Base::PriorYear,
                base_value,
                actual,
                amount,
                impact: impact(amount, described.polarity, described.decimals),
                is_material: is_material(amount, base_value, described.materiality),
                contribution: None,
                is_rate: false,
            });
        }
    }
    variances
}

/// A member's contribution: its variance ÷ the sum of all members' absolute variances.
fn add_contributions(variances: &mut [Variance]) {
    type Group = (usize, &'static str, Period, Base);
    let group =
        |variance: &Variance| -> Group { (variance.metric, variance.unit.level(), variance.period, variance.base) };
    let mut totals: HashMap<Group, Amount> = HashMap::new();
    for variance in variances.iter() {
        *totals.entry(group(variance)).or_default() += variance.amount.abs();
    }
    for variance in variances.iter_mut().filter(|variance| !variance.is_rate) {
        variance.contribution = variance.amount.ratio_to(totals[&group(variance)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str) -> Amount {
        Amount::parse(text).unwrap()
    }

    /// Case C7: differences as a comparison column shows them.
    #[test]
    fn c7_differences_shown_at_their_decimals() {
        let compare = |actual: Option<&str>, base: Option<&str>, missing, decimals| {
            difference(actual.map(amount), base.map(amount), missing).and_then(|difference| shown(difference, decimals))
        };
        assert_eq!(compare(Some("75"), Some("50"), Missing::Blank, 0), Some(amount("25")));
        assert_eq!(compare(Some("25"), Some("50"), Missing::Blank, 0), Some(amount("-25")));
        assert_eq!(compare(Some("1.1"), Some("1.0"), Missing::Blank, 2), Some(amount("0.1")));
        assert_eq!(compare(Some("1.001"), Some("1.0"), Missing::Blank, 2), None);
        // Rates: 0.75 against 0.50 is +25 points; 0.751 against 0.750 rounds to none.
        assert_eq!(compare(Some("0.75"), Some("0.50"), Missing::Blank, 2), Some(amount("0.25")));
        assert_eq!(compare(Some("0.751"), Some("0.750"), Missing::Blank, 2), None);
        // With the case's own convention, a missing side is zero ...
        assert_eq!(compare(Some("50"), None, Missing::Zero, 0), Some(amount("50")));
        assert_eq!(compare(None, Some("50"), Missing::Zero, 0), Some(amount("-50")));
        // ... which is not ours: nothing is not zero.
        assert_eq!(compare(Some("50"), None, Missing::Blank, 0), None);
        assert_eq!(compare(None, Some("50"), Missing::Blank, 0), None);
        assert_eq!(compare(None, None, Missing::Zero, 0), None);
    }

    #[test]
    fn impact_follows_polarity_not_sign() {
        assert_eq!(impact(amount("5"), Polarity::HigherBetter, 0), Impact::Favourable);
        assert_eq!(impact(amount("5"), Polarity::LowerBetter, 0), Impact::Adverse);
        assert_eq!(impact(amount("-5"), Polarity::LowerBetter, 0), Impact::Favourable);
        assert_eq!(impact(amount("0.4"), Polarity::HigherBetter, 0), Impact::Neutral);
        assert_eq!(impact(amount("5"), Polarity::Neutral, 0), Impact::Neutral);
    }

    #[test]
    fn on_the_threshold_is_material() {
        let rule = Materiality { absolute: amount("1000"), relative: amount("0.05"), both: true };
        let material = |difference: &str, base: &str| is_material(amount(difference), Some(amount(base)), rule);
        assert!(material("1000", "20000"));
        assert!(material("-1000", "20000"));
        assert!(!material("999.99", "10000"));
        assert!(!material("1000", "20000.01"));
        let either = Materiality { both: false, ..rule };
        assert!(is_material(amount("1000"), Some(amount("1000000")), either));
        assert!(is_material(amount("1000"), Some(Amount::ZERO), rule));
    }
}
