//! Price, volume and mix: every item of the focus period, against plan and prior year, and the regions' totals.

use crate::analysis::bridge::{Bridge, Effects, Sold};
use crate::analysis::variance::Base;
use crate::facts::Unit;
use crate::measure::Amount;

use super::subject::{Meaning, SoldBy, Subject};
use super::{Block, Column, Findings, Formula, Item, Line, LineRole, Look, Page, Scenario};

/// Items with a line of their own; the rest of them share one.
const MOST_LINES: usize = 200;

const VALUE_BEFORE: usize = 3;
const VALUE_NOW: usize = 6;
const FIRST_EFFECT: usize = 7;
const LAST_EFFECT: usize = 12;

pub fn build(findings: &Findings<'_>) -> Option<Page> {
    let focus = findings.focus?;
    let here: Vec<&Bridge> = findings.bridges.iter().filter(|bridge| bridge.period == focus).collect();
    let mut blocks = Vec::new();
    for base in [Base::Plan, Base::PriorYear] {
        let of_base: Vec<&Bridge> = here.iter().copied().filter(|bridge| bridge.base == base).collect();
        let (whole, regions): (Vec<&Bridge>, Vec<&Bridge>) =
            of_base.into_iter().partition(|bridge| bridge.unit == Unit::Company);
        if whole.is_empty() {
            continue;
        }
        let against = findings.word(&format!("base.{}", base.code().to_lowercase())).to_string();
        blocks.push(items(findings, base, &against, whole));
        if !regions.is_empty() {
            blocks.push(by_region(findings, base, &against, &regions));
        }
    }
    let company = here.iter().filter(|bridge| bridge.unit == Unit::Company);
    let first = company.clone().map(|bridge| bridge.base).next()?;
    let mut all = Effects::default();
    company.filter(|bridge| bridge.base == first).for_each(|bridge| all.add(&bridge.effects));
    let signed = |amount: Amount| findings.signed(amount, money(findings));
    let message = findings.lang.say(
        "message.bridge",
        &[
            ("base", findings.word(&format!("base.{}", first.code().to_lowercase()))),
            ("total", &signed(all.total())),
            ("volume", &signed(all.volume)),
            ("mix", &signed(all.mix)),
            ("price", &signed(all.price)),
            ("new", &signed(all.new)),
            ("lost", &signed(all.lost)),
            ("other", &signed(all.other)),
        ],
    );
    Some(Page {
        key: "bridge",
        number: 8,
        message,
        titles: findings.titles(Some(focus), findings.word("legend.bridge").to_string()),
        blocks,
        worst: None,
        frozen_columns: 1,
    })
}

fn columns(findings: &Findings<'_>, base: Base, first: &str) -> Vec<Column> {
    let word = |key: &str| findings.word(key);
    let scenario = if base == Base::Plan { Scenario::Plan } else { Scenario::PriorYear };
    let code = base.code();
    let before = |key: &str, meaning| Column::new(format!("{code} {}", word(key))).of(scenario).showing(meaning);
    let now = |key: &str, meaning| Column::new(format!("AC {}", word(key))).of(Scenario::Actual).showing(meaning);
    let mut columns = vec![Column::new(word(first))];
    columns.push(before("head.quantity", Meaning::QuantityBefore));
    columns.push(before("head.price", Meaning::PriceBefore));
    columns.push(before("head.revenue", Meaning::ValueBefore));
    columns.push(now("head.quantity", Meaning::QuantityNow));
    columns.push(now("head.price", Meaning::PriceNow));
    columns.push(now("head.revenue", Meaning::ValueNow));
    let effects = [Meaning::Volume, Meaning::Mix, Meaning::Price, Meaning::New, Meaning::Lost, Meaning::Other];
    columns.extend(effects.map(|effect| Column::new(word(&format!("effect.{}", effect.key()))).showing(effect)));
    columns.push(Column::new(format!("Δ{code}")).showing(Meaning::Difference));
    columns.push(Column::new(word("head.check")).showing(Meaning::Check));
    columns
}

/// A line of the table: what was sold before and now, and why it differs.
fn line(findings: &Findings<'_>, name: String, before: &Sold, now: &Sold, effects: &Effects) -> Line {
    let money = money(findings);
    let delta = |amount: Amount| Item::number(Some(amount).filter(|amount| !amount.is_zero()), money.delta());
    let has_both = before.revenue.value().is_some() && now.revenue.value().is_some();
    let sold = |sold: &Sold| {
        [
            Item::tally(&sold.quantity, Look::Amount(0)),
            Item::number(sold.price(), Look::Amount(2)),
            Item::tally(&sold.revenue, money),
        ]
    };
    let total = Item::number(Some(effects.total()), money.delta());
    let check = Item::number(Some(Amount::ZERO), Look::Money(2));
    let parts = (FIRST_EFFECT, LAST_EFFECT);
    let unexplained = Formula::Unexplained { now: VALUE_NOW, before: VALUE_BEFORE, parts, digits: 2 };
    let mut items = vec![Item::text(name)];
    items.extend(sold(before));
    items.extend(sold(now));
    items.extend([effects.volume, effects.mix, effects.price, effects.new, effects.lost, effects.other].map(delta));
    items.push(total.by(has_both.then_some(Formula::Minus(VALUE_NOW, VALUE_BEFORE))));
    items.push(check.by(Some(unexplained)));
    Line { role: LineRole::Detail, depth: 0, items }
}

/// Money is shown as the sales metric is.
fn money(findings: &Findings<'_>) -> Look {
    Look::Money(findings.facts.metrics.get("sales_amount").map_or(0, |metric| metric.decimals))
}

fn item_name(findings: &Findings<'_>, item: Option<Unit>) -> String {
    item.map_or_else(|| findings.word("word.unassigned").to_string(), |item| findings.unit_name(item))
}

/// What several lines sold together.
#[derive(Default)]
struct Sum {
    before: Sold,
    now: Sold,
    effects: Effects,
}

impl Sum {
    fn add(&mut self, bridge: &Bridge) {
        self.before.quantity += bridge.before.quantity;
        self.before.revenue += bridge.before.revenue;
        self.now.quantity += bridge.now.quantity;
        self.now.revenue += bridge.now.revenue;
        self.effects.add(&bridge.effects);
    }

    fn of<'a>(bridges: impl IntoIterator<Item = &'a Bridge>) -> Self {
        let mut sum = Sum::default();
        bridges.into_iter().for_each(|bridge| sum.add(bridge));
        sum
    }
}

fn items(findings: &Findings<'_>, base: Base, against: &str, mut bridges: Vec<&Bridge>) -> Block {
    bridges.sort_by_key(|bridge| (std::cmp::Reverse(bridge.effects.total().abs()), bridge.item));
    let (shown, rest) = bridges.split_at(bridges.len().min(MOST_LINES));
    let mut lines: Vec<Line> = shown
        .iter()
        .map(|bridge| line(findings, item_name(findings, bridge.item), &bridge.before, &bridge.now, &bridge.effects))
        .collect();
    if !rest.is_empty() {
        let sum = Sum::of(rest.iter().copied());
        let name = findings.lang.say("bridge.rest", &[("count", &rest.len().to_string())]);
        lines.push(line(findings, name, &sum.before, &sum.now, &sum.effects));
    }
    let sum = Sum::of(bridges.iter().copied());
    lines.push(total(findings, &sum, lines.len()));
    let mut groups: Vec<&[&Bridge]> = shown.chunks(1).collect();
    groups.extend([rest].into_iter().filter(|rest| !rest.is_empty()));
    groups.push(&bridges);
    let subjects = groups.into_iter().map(|bridges| subject(bridges, SoldBy::Items)).enumerate().collect();
    let title = findings.lang.say("block.bridge", &[("base", against)]);
    Block::new(title, columns(findings, base, "head.item"), lines).about(subjects)
}

/// Whose items, and which.
fn subject(bridges: &[&Bridge], by: SoldBy) -> Subject {
    let mut units: Vec<Unit> = bridges.iter().map(|bridge| bridge.unit).collect();
    units.dedup();
    let mut items: Vec<Option<Unit>> = bridges.iter().map(|bridge| bridge.item).collect();
    items.sort();
    items.dedup();
    Subject::Sold { base: bridges[0].base, units, period: bridges[0].period, items, by }
}

/// The line below all others, whose sums are formulas.
fn total(findings: &Findings<'_>, sum: &Sum, n_lines: usize) -> Line {
    let mut line = line(findings, findings.word("word.total").to_string(), &sum.before, &sum.now, &sum.effects);
    line.role = LineRole::Total;
    let is_summed = |column: usize| column == VALUE_BEFORE || (VALUE_NOW..=LAST_EFFECT).contains(&column);
    let items = line.items.into_iter().enumerate().map(|(column, item)| {
        if is_summed(column) { item.by(Some(Formula::Sum((0..n_lines).collect()))) } else { item }
    });
    line.items = items.collect();
    line
}

fn by_region(findings: &Findings<'_>, base: Base, against: &str, bridges: &[&Bridge]) -> Block {
    let mut lines = Vec::new();
    let mut all = Sum::default();
    let mut subjects = Vec::new();
    for of_region in bridges.chunk_by(|a, b| a.unit == b.unit) {
        subjects.push((lines.len(), subject(of_region, SoldBy::Regions)));
        let sum = Sum::of(of_region.iter().copied());
        of_region.iter().for_each(|bridge| all.add(bridge));
        lines.push(line(findings, findings.unit_name(of_region[0].unit), &sum.before, &sum.now, &sum.effects));
    }
    subjects.push((lines.len(), subject(bridges, SoldBy::Regions)));
    lines.push(total(findings, &all, lines.len()));
    let title = findings.lang.say("block.bridge_regions", &[("base", against)]);
    Block::new(title, columns(findings, base, "level.region"), lines).about(subjects)
}
