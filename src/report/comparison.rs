//! The cells that compare an actual with its plan and prior year: alike on every page.

use crate::analysis::attainment::Attainment;
use crate::analysis::variance::{impact, is_material, shown};
use crate::measure::Amount;

use super::{Findings, Formula, Item, Look, Tone, points};

/// The columns of a page that the formulas refer to.
pub struct Columns {
    pub plan: usize,
    pub actual: usize,
    pub delta: usize,
}

/// Comparing cells of one figure.
pub struct Comparison {
    pub delta: Item,
    pub delta_percent: Item,
    pub attainment: Item,
    /// Against the prior year: in percent, for a rate in points.
    pub prior_percent: Item,
}

impl Findings<'_> {
    pub(super) fn comparison(&self, figure: &Attainment, columns: &Columns) -> Comparison {
        let &Columns { plan, actual, delta } = columns;
        let metric = self.metric(figure.metric);
        // A rate is a fraction shown in percent: its decimals stand two places further right.
        let decimals = if figure.is_rate { metric.decimals + 2 } else { metric.decimals };
        let variance = figure.variance();
        let tone = variance.map_or(Tone::Plain, |variance| {
            let is_material = is_material(variance, figure.target.value(), metric.materiality);
            self.tone(impact(variance, figure.polarity, decimals), is_material)
        });
        // A difference that rounds to nothing is zero: it has no sign, and no formula that would give it one.
        let is_nothing = variance.is_some_and(|variance| shown(variance, decimals).is_none());
        let is_exact = !is_nothing || variance.is_some_and(Amount::is_zero);
        let visible = if is_nothing { Some(Amount::ZERO) } else { variance };
        let by = |formula: Formula| is_exact.then_some(formula);
        let delta_item = Item::difference(visible, figure.is_rate, self.look(figure.metric), tone)
            .by(by(Formula::difference(figure.is_rate, actual, plan)));
        let is_negative = figure.target.value().is_some_and(Amount::is_negative);
        let over = if is_negative { Formula::TwoMinusOver(actual, plan) } else { Formula::Over(actual, plan) };
        let prior = figure.prior_year_change();
        let ratio = figure.variance_ratio().map(|ratio| if is_nothing { Amount::ZERO } else { ratio });
        Comparison {
            delta: delta_item,
            delta_percent: Item::toned(ratio, Look::DeltaPercent, tone)
                .by(by(Formula::OverAbsolute(delta, plan)).filter(|_| !figure.is_rate)),
            attainment: Item::number(figure.ratio(), Look::Percent).by(Some(over)),
            prior_percent: if figure.is_rate {
                Item::number(points(prior), Look::Points)
            } else {
                Item::number(prior, Look::DeltaPercent)
            },
        }
    }
}
