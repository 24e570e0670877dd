//! Price, volume and mix: what was sold before and now, and the effects.

use std::collections::BTreeSet;

use crate::analysis::attainment::months_before;
use crate::analysis::bridge::{Bridge, Effects, Sold};
use crate::analysis::variance::Base;
use crate::facts::Unit;
use crate::facts::ledger::{Wanted, When};
use crate::facts::planned::Answer;
use crate::measure::Amount;
use crate::period::Period;
use crate::report::subject::{Meaning, SoldBy};

use super::{Explainer, Group, Term, full, group, shown};

impl Explainer<'_> {
    pub(super) fn sold(&mut self, base: Base, period: Period, bridges: &[&Bridge], by: SoldBy, meaning: Meaning) {
        let metrics = &self.findings.facts.metrics;
        let (Some(revenue), Some(quantity)) = (metrics.position("sales_amount"), metrics.position("units")) else {
            return;
        };
        if bridges.is_empty() {
            return;
        }
        let mut sum = (Sold::default(), Sold::default(), Effects::default());
        for bridge in bridges {
            for (total, sold) in [(&mut sum.0, &bridge.before), (&mut sum.1, &bridge.now)] {
                total.quantity += sold.quantity;
                total.revenue += sold.revenue;
            }
            sum.2.add(&bridge.effects);
        }
        let (before, now, effects) = sum;
        let quantity_before = |this: &Self| this.sold_term(base, period, bridges, by, (quantity, true));
        let quantity_now = |this: &Self| this.sold_term(base, period, bridges, by, (quantity, false));
        let value_before = |this: &Self| this.sold_term(base, period, bridges, by, (revenue, true));
        let value_now = |this: &Self| this.sold_term(base, period, bridges, by, (revenue, false));
        let effect_of = |effects: &Effects| match meaning {
            Meaning::Volume => effects.volume,
            Meaning::Mix => effects.mix,
            Meaning::Price => effects.price,
            Meaning::New => effects.new,
            Meaning::Lost => effects.lost,
            Meaning::Other => effects.other,
            _ => effects.total(),
        };
        match meaning {
            Meaning::QuantityBefore | Meaning::QuantityNow | Meaning::ValueBefore | Meaning::ValueNow => {
                self.explanation.terms = match meaning {
                    Meaning::QuantityBefore => quantity_before(self),
                    Meaning::QuantityNow => quantity_now(self),
                    Meaning::ValueBefore => value_before(self),
                    _ => value_now(self),
                };
                let sum: Amount = self.explanation.terms.iter().filter_map(|term| term.value).sum();
                self.explanation.is_confirmed = Some(sum == self.value);
            }
            Meaning::PriceBefore | Meaning::PriceNow => {
                let is_before = meaning == Meaning::PriceBefore;
                let sold = if is_before { before } else { now };
                let (value, count) = (sold.revenue.value(), sold.quantity.value());
                self.numbers(format!("{} ÷ {}", shown(value), shown(count)), sold.price());
                self.explanation.terms = if is_before { value_before(self) } else { value_now(self) };
                self.explanation.terms.extend(if is_before { quantity_before(self) } else { quantity_now(self) });
            }
            Meaning::Check => {
                let (first, last) = (before.revenue.value(), now.revenue.value());
                let left = format!("{} − {} − {}", shown(last), shown(first), full(effects.total()));
                let zero = Some(Amount::ZERO);
                let difference = last.or(zero).zip(first.or(zero)).map(|(last, first)| last - first - effects.total());
                self.numbers(left, difference.map(|gap| gap.rounded(2)));
            }
            _ => {
                if let ([bridge], true) = (bridges, meaning != Meaning::Difference) {
                    self.effect(bridge, meaning);
                } else if meaning == Meaning::Difference {
                    let (first, last) = (before.revenue.value(), now.revenue.value());
                    let zero = Some(Amount::ZERO);
                    let difference = last.or(zero).zip(first.or(zero)).map(|(last, first)| last - first);
                    self.numbers(format!("{} − {}", shown(last), shown(first)), difference);
                }
                let groups = self.by_sold(bridges, by, |bridge| Some(effect_of(&bridge.effects)));
                if !groups.is_empty() {
                    let name = self.explanation.column.clone();
                    let value = Some(effect_of(&effects));
                    let term = Term { name, value, groups, cells: None, is_sum: true, notes: Vec::new() };
                    self.explanation.is_confirmed = Some(value == Some(self.value));
                    self.explanation.terms.push(term);
                }
                for terms in [value_before(self), value_now(self), quantity_before(self), quantity_now(self)] {
                    self.explanation.terms.extend(terms);
                }
            }
        }
    }

    /// An item's effect with its numbers.
    fn effect(&mut self, bridge: &Bridge, meaning: Meaning) {
        let of = |sold: &Sold| (sold.quantity.value(), sold.revenue.value(), sold.price());
        let ((q0, v0, p0), (q1, v1, p1)) = (of(&bridge.before), of(&bridge.now));
        let is_pair = |other: &&Bridge| {
            (other.base, other.unit, other.period) == (bridge.base, bridge.unit, bridge.period)
                && other.before.price().is_some_and(|price| !price.is_zero())
                && other.now.price().is_some_and(|price| !price.is_zero())
        };
        let pairs: Vec<&Bridge> = self.findings.bridges.iter().filter(is_pair).collect();
        let quantity = |sold: &Sold| sold.quantity.value().unwrap_or(Amount::ZERO);
        let before: Amount = pairs.iter().map(|bridge| quantity(&bridge.before)).sum();
        let now: Amount = pairs.iter().map(|bridge| quantity(&bridge.now)).sum();
        let growth = now.ratio_to(before);
        let has_mix = !bridge.effects.mix.is_zero();
        let text = match meaning {
            Meaning::Volume if has_mix => {
                self.note(self.say(
                    "explain.growth",
                    &[("now", &full(now)), ("before", &full(before)), ("growth", &shown(growth))],
                ));
                format!("{} × ({} − 1) × {}", shown(q0), shown(growth), shown(p0))
            }
            Meaning::Volume => format!("({} − {}) × {}", shown(q1), shown(q0), shown(p0)),
            Meaning::Mix => format!("({} − {} × {}) × {}", shown(q1), shown(q0), shown(growth), shown(p0)),
            Meaning::Price => format!("({} − {}) × {}", shown(p1), shown(p0), shown(q1)),
            Meaning::New => shown(v1),
            Meaning::Lost => format!("−{}", shown(v0)),
            _ => format!("{} − {}", shown(v1), shown(v0)),
        };
        self.numbers(text, None);
    }

    /// Revenue or quantity of items, before or now, with its cells.
    fn sold_term(
        &self,
        base: Base,
        period: Period,
        bridges: &[&Bridge],
        by: SoldBy,
        (metric, is_before): (usize, bool),
    ) -> Vec<Term> {
        let facts = self.findings.facts;
        let is_revenue = facts.metrics[metric].key == "sales_amount";
        let pick = |bridge: &Bridge| {
            let sold = if is_before { bridge.before } else { bridge.now };
            if is_revenue { sold.revenue.value() } else { sold.quantity.value() }
        };
        let value = bridges.iter().filter_map(|bridge| pick(bridge)).reduce(|a, b| a + b);
        let groups = self.by_sold(bridges, by, pick);
        let units: Vec<Unit> = {
            let mut units: Vec<Unit> = bridges.iter().map(|bridge| bridge.unit).collect();
            units.dedup();
            units
        };
        let items: BTreeSet<Option<Unit>> = bridges.iter().map(|bridge| bridge.item).collect();
        let what = match items.iter().collect::<Vec<_>>()[..] {
            [Some(item)] => self.findings.unit_name(*item),
            [None] => self.word("word.unassigned").to_string(),
            ref several => self.say("explain.items", &[("count", &several.len().to_string())]),
        };
        let code = if is_before { base.code() } else { self.word("head.ac") };
        let name = |when: &str| format!("{} · {what}", self.name(code, metric, &units, when));
        if is_before && base == Base::Plan {
            let named: Vec<Unit> = items.iter().flatten().copied().collect();
            let whole = self.findings.period_words(period);
            let mut terms = Vec::new();
            if !named.is_empty() {
                let term = self.target(metric, &named, &[period], Answer::Begun, false);
                terms.push(Term { name: name(&whole), groups, ..term });
            }
            // What is planned beyond the items is of none of them.
            if items.contains(&None) && is_revenue {
                let rest = bridges.iter().filter(|bridge| bridge.item.is_none()).filter_map(|bridge| pick(bridge));
                let rest = rest.reduce(|a, b| a + b);
                let target = self.target(metric, &[Unit::Company], &[period], Answer::Begun, false);
                let notes = vec![self.word("explain.beyond_items").to_string()];
                let name = format!("{} · {}", self.name(code, metric, &units, &whole), self.word("word.unassigned"));
                if let [term] = &mut terms[..] {
                    term.groups.clear();
                }
                terms.push(Term { name, value: rest, groups: Vec::new(), cells: None, is_sum: true, notes });
                if named.is_empty() {
                    terms.push(Term { is_sum: true, ..target });
                }
            }
            return terms;
        }
        let months = if is_before {
            months_before(facts, period)
        } else {
            facts.calendar.months(period).into_iter().map(|month| (month, true)).collect()
        };
        let by_products = facts.units.offerings().iter().any(|unit| matches!(unit, Unit::Product(_)));
        let seats: BTreeSet<u32> = units.iter().flat_map(|unit| facts.units.seats_of(*unit)).collect();
        let counts = |seat: u32, item: Option<u32>, _: Option<u32>| {
            let item = item.and_then(|item| {
                let parts = facts.units.item_parts(item);
                if by_products { parts.product.map(Unit::Product) } else { parts.segment.map(Unit::Segment) }
            });
            seats.contains(&seat) && items.contains(&item)
        };
        let when = self.when(&months);
        let cells = self.sources.actuals(facts, &Wanted { metric, when: When::Months(months), counts: &counts });
        vec![Term { name: name(&when), value, groups, cells: Some(cells), is_sum: true, notes: Vec::new() }]
    }

    /// A figure of several bridges by item, or by region.
    fn by_sold(&self, bridges: &[&Bridge], by: SoldBy, value: impl Fn(&Bridge) -> Option<Amount>) -> Vec<Group> {
        let has_regions = bridges.iter().any(|bridge| bridge.unit != bridges[0].unit);
        let lines: Vec<(String, Option<Amount>)> = if by == SoldBy::Regions && has_regions {
            let of_region = |of_region: &[&Bridge]| {
                let sum = of_region.iter().filter_map(|bridge| value(bridge)).reduce(|a, b| a + b);
                (self.findings.unit_name(of_region[0].unit), sum)
            };
            bridges.chunk_by(|a, b| a.unit == b.unit).map(of_region).collect()
        } else {
            let name = |bridge: &Bridge| {
                bridge
                    .item
                    .map_or_else(|| self.word("word.unassigned").to_string(), |item| self.findings.unit_name(item))
            };
            bridges.iter().map(|bridge| (name(bridge), value(bridge))).collect()
        };
        let by = self.word(if by == SoldBy::Regions && has_regions { "level.region" } else { "head.item" });
        group(by, lines.into_iter()).into_iter().collect()
    }
}
