//! From plan to actual, member by member: a block of the summary and its chart.

use crate::analysis::variance::{Base, Variance};
use crate::facts::Unit;
use crate::measure::Amount;

use super::{Block, Chart, ChartKind, Column, Findings, Item, Line, LineRole};

/// Members with a step of their own; the rest of them share one.
const MOST_STEPS: usize = 8;

/// The steps from the company's plan to its actual, by the first level that has several members. Nothing where they
/// do not add up, or where a step ends below zero: a column cannot hang in the air there.
pub fn block(findings: &Findings<'_>, metric: usize) -> Option<Block> {
    let of = |unit_is: &dyn Fn(Unit) -> bool| -> Vec<&Variance> {
        let is_meant = |v: &&Variance| {
            v.metric == metric && v.base == Base::Plan && Some(v.period) == findings.focus && unit_is(v.unit)
        };
        findings.variances.iter().filter(is_meant).collect()
    };
    let whole = of(&|unit| unit == Unit::Company).first().copied().filter(|whole| !whole.is_rate)?;
    let (plan, actual) = (whole.base_value?, whole.actual?);
    let levels = ["region", "team", "person"].map(|level| of(&|unit| unit.level() == level && findings.shows(unit)));
    let mut members = levels.into_iter().find(|members| members.len() > 1)?;
    members.sort_by_key(|variance| (std::cmp::Reverse(variance.amount.abs()), variance.unit));
    let n_own = if members.len() > MOST_STEPS + 1 { MOST_STEPS } else { members.len() };
    let mut steps: Vec<(String, Amount)> =
        members[..n_own].iter().map(|member| (findings.unit_name(member.unit), member.amount)).collect();
    let rest = actual - plan - steps.iter().map(|(_, amount)| *amount).sum();
    if !rest.is_zero() {
        steps.push((findings.word("word.others").to_string(), rest));
    }
    let look = findings.look(metric);
    let line = |name: String, delta: Option<Amount>, [base, total, rise, fall]: [Option<Amount>; 4], role: LineRole| {
        let amount = |value: Option<Amount>| Item::number(value, look);
        let items = vec![
            Item::text(name),
            Item::number(delta, look.delta()),
            amount(base),
            amount(total),
            amount(rise),
            amount(fall),
        ];
        Line { role, depth: 0, items }
    };
    let mut lines =
        vec![line(findings.word("head.pl").to_string(), None, [None, Some(plan), None, None], LineRole::Subtotal)];
    let mut level = plan;
    let (mut lowest, mut highest) = (plan.min(actual), plan.max(actual));
    for (name, amount) in steps {
        let next = level + amount;
        if next.is_negative() || level.is_negative() {
            return None;
        }
        let (rise, fall) = if amount.is_negative() { (None, Some(amount.abs())) } else { (Some(amount), None) };
        lines.push(line(name, Some(amount), [Some(level.min(next)), None, rise, fall], LineRole::Detail));
        level = next;
        (lowest, highest) = (lowest.min(level), highest.max(level));
    }
    lines.push(line(findings.word("head.ac").to_string(), None, [None, Some(actual), None, None], LineRole::Total));
    let word = |key: &str| findings.word(key);
    let columns = vec![
        Column::new(word("head.step")),
        Column::new(word("head.delta_pl")),
        Column::new(word("head.floor")),
        Column::new(word("head.level_reached")),
        Column::new(word("head.rise")),
        Column::new(word("head.fall")),
    ];
    let title = findings.lang.say("block.waterfall", &[("metric", &findings.metric_name(metric))]);
    // Steps that are small beside the levels could not be seen: the axis is cut, and the title says so.
    let range = highest - lowest;
    let axis_from = (lowest > range * Amount::whole(3)).then(|| round_down(lowest - range));
    let chart_title =
        if axis_from.is_some() { findings.lang.say("chart.axis_cut", &[("title", &title)]) } else { title.clone() };
    let chart =
        Chart { title: chart_title, kind: ChartKind::Bridge, axis_from, categories: 0, values: vec![2, 3, 4, 5] };
    Some(Block { chart: Some(chart), ..Block::new(title, columns, lines) })
}

/// To two digits, downwards.
fn round_down(amount: Amount) -> Amount {
    let mut unit = Amount::ONE;
    while amount >= unit * Amount::whole(100) {
        unit = unit * Amount::whole(10);
    }
    let steps = amount.ratio_to(unit).unwrap_or(Amount::ZERO) - Amount::from_units(5, 1);
    steps.rounded(0) * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_begin_at_two_digits() {
        assert_eq!(round_down(Amount::whole(5_943_211)), Amount::whole(5_900_000));
        assert_eq!(round_down(Amount::whole(57)), Amount::whole(57));
    }
}
