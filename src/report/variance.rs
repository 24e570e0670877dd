//! Variance: who is how far from plan and prior year, largest first, with contribution.

use std::collections::HashMap;

use crate::analysis::variance::{Base, Impact, Variance};
use crate::facts::Unit;
use crate::measure::Amount;
use crate::period::Period;

use super::subject::{Meaning, Subject};
use super::{Block, Column, Findings, Formula, Item, Line, LineRole, Look, Page, Scenario, Tone};

const PLAN: usize = 3;
const ACTUAL: usize = 4;
const DELTA: usize = 5;

pub fn build(findings: &Findings<'_>) -> Option<Page> {
    let focus = findings.focus?;
    let here = |variance: &&Variance| variance.period == focus && findings.shows(variance.unit);
    let mut prior: HashMap<(usize, Unit), &Variance> = HashMap::new();
    for variance in findings.variances.iter().filter(here).filter(|variance| variance.base == Base::PriorYear) {
        prior.insert((variance.metric, variance.unit), variance);
    }
    let plan: Vec<&Variance> =
        findings.variances.iter().filter(here).filter(|variance| variance.base == Base::Plan).collect();
    // Without a plan the prior year is what there is to compare with.
    let base: Vec<&Variance> = if plan.is_empty() {
        findings.variances.iter().filter(here).filter(|variance| variance.base == Base::PriorYear).collect()
    } else {
        plan
    };
    if base.is_empty() {
        return None;
    }
    let mut lines = Vec::new();
    let mut subjects = Vec::new();
    let mut n_material = 0;
    let mut metrics: Vec<usize> = base.iter().map(|variance| variance.metric).collect();
    metrics.dedup();
    for metric in metrics {
        let whole = base.iter().find(|variance| variance.metric == metric && variance.unit == Unit::Company);
        add_parts(findings, metric, base[0].base, whole.copied(), (&mut lines, &mut subjects));
        for level in ["region", "team", "person", "segment", "product", "customer"] {
            let is_of = |v: &&&Variance| v.metric == metric && v.unit.level() == level;
            let mut members: Vec<&Variance> = base.iter().filter(is_of).copied().collect();
            if members.is_empty() {
                // What is sold, and who buys it, is compared with the year before where it was not planned.
                let unplanned = prior.values().filter(is_of).copied();
                members.extend(unplanned.filter(|variance| variance.unit.is_offering()));
            }
            if members.is_empty() {
                continue;
            }
            members.sort_by_key(|variance| (std::cmp::Reverse(variance.amount.abs()), variance.unit));
            n_material +=
                members.iter().filter(|variance| variance.is_material && variance.impact == Impact::Adverse).count();
            let heading = format!("{} · {}", findings.metric_name(metric), findings.level_name(members[0].unit));
            lines.push(Line { role: LineRole::Group, depth: 0, items: vec![Item::text(heading)] });
            let first = lines.len();
            let mut running = Amount::ZERO;
            // People are all shown; of what is sold and who buys it, those that matter most.
            let n_shown = if members[0].unit.is_offering() { MOST_OFFERINGS } else { members.len() };
            for variance in members.iter().take(n_shown) {
                running += variance.contribution.map_or(Amount::ZERO, Amount::abs);
                let cumulative = variance.contribution.map(|_| running);
                let prior = prior.get(&(metric, variance.unit)).copied();
                subjects.push((lines.len(), subject(variance)));
                lines.push(line(findings, variance, prior, cumulative, LineRole::Detail, None));
            }
            if let Some(rest) = members.get(n_shown..).filter(|rest| !rest.is_empty()) {
                let units = rest.iter().map(|variance| variance.unit).collect();
                subjects.push((lines.len(), Subject::Figure { metric, units, period: focus }));
                lines.push(rest_line(findings, rest, &prior));
            }
            let own_whole = prior.get(&(metric, Unit::Company)).copied();
            if let Some(whole) = if members[0].base == base[0].base { whole.copied() } else { own_whole } {
                let member_lines: Vec<usize> = (first..lines.len()).collect();
                let prior = prior.get(&(metric, Unit::Company)).copied();
                subjects.push((lines.len(), subject(whole)));
                lines.push(line(findings, whole, prior, None, LineRole::Total, Some((&members, member_lines))));
            }
        }
    }
    if lines.is_empty() {
        return None;
    }
    let word = |key: &str| findings.word(key);
    let columns = vec![
        Column::new(word("head.level")),
        Column::new(word("head.unit")),
        Column::new(word("head.py")).showing(Meaning::PriorYear).of(Scenario::PriorYear),
        Column::new(word("head.pl")).showing(Meaning::Target).of(Scenario::Plan),
        Column::new(word("head.ac")).showing(Meaning::Actual).of(Scenario::Actual),
        Column::new(word("head.delta_pl")).showing(Meaning::Delta),
        Column::new(word("head.delta_pl_percent")).showing(Meaning::DeltaPercent),
        Column::new(word("head.contribution")).showing(Meaning::Contribution).with_bars(),
        Column::new(word("head.cumulative")).showing(Meaning::Cumulative),
        Column::new(word("head.delta_py")).showing(Meaning::DeltaPriorYear),
        Column::new(word("head.delta_py_percent")).showing(Meaning::DeltaPriorYearPercent),
        Column::new(word("head.impact")),
        Column::new(word("head.material")),
    ];
    let message = findings.lang.say("message.variance", &[("n_material", &n_material.to_string())]);
    Some(Page {
        key: "variance",
        number: 7,
        message,
        titles: findings.titles(Some(focus), findings.materiality_legend()),
        blocks: std::iter::once(Block::new("", columns, lines).about(subjects))
            .chain(budget_block(findings, focus))
            .chain(super::drivers::block(findings))
            .collect(),
        worst: None,
        frozen_columns: 2,
    })
}

fn subject(variance: &Variance) -> Subject {
    Subject::Figure { metric: variance.metric, units: vec![variance.unit], period: variance.period }
}

/// Products, segments and customers with a line of their own.
const MOST_OFFERINGS: usize = 20;

/// All others of a level in one line.
fn rest_line(findings: &Findings<'_>, rest: &[&Variance], prior: &HashMap<(usize, Unit), &Variance>) -> Line {
    let sum = |of: &dyn Fn(&Variance) -> Option<Amount>| -> Option<Amount> {
        let mut known = rest.iter().filter_map(|variance| of(variance)).peekable();
        known.peek()?;
        Some(known.sum())
    };
    let all = |of: &[&Variance]| -> Variance {
        let sum = |pick: fn(&Variance) -> Option<Amount>| -> Option<Amount> {
            let mut known = of.iter().filter_map(|variance| pick(variance)).peekable();
            known.peek()?;
            Some(known.sum())
        };
        Variance {
            base_value: sum(|variance| variance.base_value),
            actual: sum(|variance| variance.actual),
            amount: of.iter().map(|variance| variance.amount).sum(),
            ..of[0].clone()
        }
    };
    let whole = Variance { contribution: sum(&|variance| variance.contribution), ..all(rest) };
    let before: Vec<&Variance> =
        rest.iter().filter_map(|variance| prior.get(&(variance.metric, variance.unit)).copied()).collect();
    let before = (!before.is_empty()).then(|| all(&before));
    let mut line = line(findings, &whole, before.as_ref(), None, LineRole::Detail, None);
    line.items[1] = Item::text(findings.lang.say("bridge.rest", &[("count", &rest.len().to_string())]));
    // Whether a sum of many matters says nothing about any of them.
    let n_items = line.items.len();
    line.items[n_items - 2..].fill(Item::Blank);
    line
}

/// Actuals against finance's budget, where one stands beside the targets.
fn budget_block(findings: &Findings<'_>, focus: Period) -> Option<Block> {
    let is_shown = |variance: &&Variance| {
        variance.base == Base::Budget && variance.period == focus && findings.shows(variance.unit)
    };
    let variances: Vec<&Variance> = findings.variances.iter().filter(is_shown).collect();
    if variances.is_empty() {
        return None;
    }
    let word = |key: &str| findings.word(key);
    let columns = vec![
        Column::new(word("head.metric")),
        Column::new(word("head.level")),
        Column::new(word("head.unit")),
        Column::new(word("head.budget")).showing(Meaning::Budget).of(Scenario::Budget),
        Column::new(word("head.ac")).showing(Meaning::Actual).of(Scenario::Actual),
        Column::new(word("head.delta_bu")).showing(Meaning::DeltaBudget),
        Column::new(word("head.delta_bu_percent")).showing(Meaning::DeltaBudgetPercent),
        Column::new(word("head.contribution")).showing(Meaning::Contribution),
        Column::new(word("head.impact")),
        Column::new(word("head.material")),
    ];
    let line = |variance: &&Variance| {
        let look = findings.look(variance.metric);
        let tone = findings.tone(variance.impact, variance.is_material);
        let delta = Item::difference(Some(variance.amount), variance.is_rate, look, tone);
        let between = Formula::difference(variance.is_rate, 4, 3);
        let has_both = variance.base_value.is_some() && variance.actual.is_some();
        Line {
            role: if variance.unit == Unit::Company { LineRole::Subtotal } else { LineRole::Detail },
            depth: 0,
            items: vec![
                Item::text(findings.metric_name(variance.metric)),
                Item::text(findings.level_name(variance.unit)),
                Item::link(findings.unit_name(variance.unit), "attainment", subject(variance)),
                Item::number(variance.base_value, look),
                Item::number(variance.actual, look),
                delta.by(has_both.then_some(between)),
                Item::toned(variance.ratio(), Look::DeltaPercent, tone)
                    .by((has_both && !variance.is_rate).then_some(Formula::OverAbsolute(5, 3))),
                Item::number(variance.contribution, Look::DeltaPercent),
                Item::text(word(&format!("impact.{}", variance.impact.key()))),
                Item::text(word(if variance.is_material { "word.yes" } else { "word.no" })),
            ],
        }
    };
    let subjects = variances.iter().map(|variance| subject(variance)).enumerate().collect();
    Some(Block::new(word("block.against_budget"), columns, variances.iter().map(line).collect()).about(subjects))
}

/// The whole in the parts of the focus period, in time order.
fn add_parts(
    findings: &Findings<'_>,
    metric: usize,
    base: Base,
    whole: Option<&Variance>,
    (lines, subjects): (&mut Vec<Line>, &mut Vec<(usize, Subject)>),
) {
    let Some(focus) = findings.focus.filter(|_| findings.shows(Unit::Company)) else { return };
    let parts = findings.facts.calendar.parts(focus);
    let of = |base: Base| {
        let here = move |v: &&Variance| v.metric == metric && v.unit == Unit::Company && v.base == base;
        findings.variances.iter().filter(here).filter(|variance| parts.contains(&variance.period)).collect::<Vec<_>>()
    };
    let members = of(base);
    let prior = of(Base::PriorYear);
    if members.is_empty() {
        return;
    }
    let heading = format!("{} · {}", findings.metric_name(metric), findings.word("head.period"));
    lines.push(Line { role: LineRole::Group, depth: 0, items: vec![Item::text(heading)] });
    let first = lines.len();
    for variance in &members {
        let prior = prior.iter().find(|prior| prior.period == variance.period).copied();
        let mut line = line(findings, variance, prior, None, LineRole::Detail, None);
        line.items[0] = Item::text(findings.word("head.period"));
        line.items[1] = Item::link(findings.period_words(variance.period), "attainment", subject(variance));
        // Contribution is among the members of a level, not among periods.
        line.items[7] = Item::Blank;
        subjects.push((lines.len(), subject(variance)));
        lines.push(line);
    }
    if let Some(whole) = whole {
        let member_lines = (first..lines.len()).collect();
        let prior = findings
            .variances
            .iter()
            .find(|v| v.metric == metric && v.unit == Unit::Company && v.base == Base::PriorYear && v.period == focus);
        subjects.push((lines.len(), subject(whole)));
        lines.push(line(findings, whole, prior, None, LineRole::Total, Some((&members, member_lines))));
    }
}

fn line(
    findings: &Findings<'_>,
    variance: &Variance,
    prior: Option<&Variance>,
    cumulative: Option<Amount>,
    role: LineRole,
    members: Option<(&[&Variance], Vec<usize>)>,
) -> Line {
    let look = findings.look(variance.metric);
    let is_rate = variance.is_rate;
    let delta = |variance: Option<&Variance>, tone| match variance {
        Some(variance) => Item::difference(Some(variance.amount), is_rate, look, tone),
        None => Item::Blank,
    };
    let is_plan = variance.base == Base::Plan;
    let tone = findings.tone(variance.impact, variance.is_material);
    let has_both = variance.base_value.is_some() && variance.actual.is_some() && is_plan;
    let between = Formula::difference(is_rate, ACTUAL, PLAN);
    let plan = if is_plan { variance.base_value } else { None };
    // A total carries a formula only where its members add up to it.
    let sum = |pick: fn(&Variance) -> Option<Amount>| {
        let (members, lines) = members.as_ref().filter(|_| !is_rate)?;
        let sum: Amount = members.iter().filter_map(|member| pick(member)).sum();
        (Some(sum) == pick(variance)).then(|| Formula::Sum(lines.clone()))
    };
    let prior_value = prior.and_then(|prior| prior.base_value);
    let impact = findings.word(&format!("impact.{}", variance.impact.key()));
    let material = findings.word(if variance.is_material { "word.yes" } else { "word.no" });
    Line {
        role,
        depth: 0,
        items: vec![
            Item::text(findings.level_name(variance.unit)),
            Item::link(findings.unit_name(variance.unit), "attainment", subject(variance)),
            Item::number(prior_value, look),
            Item::number(plan, look).by(sum(|variance| variance.base_value)),
            Item::number(variance.actual, look).by(sum(|variance| variance.actual)),
            delta(is_plan.then_some(variance), tone).by(has_both.then_some(between)),
            Item::toned(if is_plan { variance.ratio() } else { None }, Look::DeltaPercent, tone)
                .by((has_both && !is_rate).then_some(Formula::OverAbsolute(DELTA, PLAN))),
            Item::number(if role == LineRole::Total { None } else { variance.contribution }, Look::DeltaPercent),
            Item::number(cumulative, Look::Percent),
            delta(prior, Tone::Plain),
            Item::number(prior.and_then(Variance::ratio), Look::DeltaPercent),
            Item::text(impact),
            Item::text(material),
        ],
    }
}

impl Findings<'_> {
    /// The materiality thresholds in words.
    fn materiality_legend(&self) -> String {
        let Some(metric) = self.facts.metrics.iter().next() else { return String::new() };
        let rule = metric.materiality;
        let percent = (rule.relative * Amount::whole(100)).plain();
        let key = if rule.both { "legend.material_and" } else { "legend.material_or" };
        self.lang.say(key, &[("absolute", &rule.absolute.grouped(0)), ("relative", &percent)])
    }
}
