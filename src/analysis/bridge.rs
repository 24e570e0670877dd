//! Price, volume and mix: why sales differ from plan or prior year, item by item (§8 of the method).
//!
//! Over the items sold in both, with g = Σ quantity now ÷ Σ quantity before: volume = Q0 (g − 1) P0,
//! mix = (Q1 − Q0 g) P0, price = (P1 − P0) Q1. What was sold in one of the two only is new or lost.
//! The effects of an item add up to its difference exactly, whatever was rounded on the way.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::facts::{Facts, Unit};
use crate::measure::{Amount, Ratio, Tally};
use crate::period::{Kind, Period};

use super::variance::Base;

/// Into how many effects the difference of an item sold in both is divided.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Price, volume and mix: quantities of all items are of one kind and may be added.
    #[default]
    ThreeWay,
    /// Price and volume: nothing is said about quantities of different items.
    TwoWay,
}

impl Method {
    pub fn key(self) -> &'static str {
        match self {
            Method::ThreeWay => "three_way",
            Method::TwoWay => "two_way",
        }
    }
}

/// What was sold of an item, or was to be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sold {
    pub quantity: Tally,
    pub revenue: Tally,
}

impl Sold {
    /// Revenue ÷ quantity, where there is a positive quantity.
    pub fn price(&self) -> Option<Ratio> {
        let quantity = self.quantity.value().filter(|quantity| quantity.is_positive())?;
        self.revenue.value()?.ratio_to(quantity)
    }

    /// Nothing sold: neither reported, or both zero.
    fn is_nothing(&self) -> bool {
        let is_zero = |tally: &Tally| tally.n_unreadable == 0 && tally.value().is_none_or(Amount::is_zero);
        is_zero(&self.quantity) && is_zero(&self.revenue)
    }

    /// Quantity and revenue of something that was sold at a price.
    fn priced(&self) -> Option<(Amount, Amount)> {
        let quantity = self.quantity.value().filter(|quantity| quantity.is_positive())?;
        Some((quantity, self.revenue.value().filter(|revenue| !revenue.is_zero())?))
    }

    fn add(&mut self, other: &Sold) {
        self.quantity += other.quantity;
        self.revenue += other.revenue;
    }

    fn value(&self) -> Amount {
        self.revenue.value().unwrap_or(Amount::ZERO)
    }
}

/// How an item's difference came about.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Effects {
    pub volume: Amount,
    pub mix: Amount,
    pub price: Amount,
    /// All of an item that was not sold before.
    pub new: Amount,
    /// All of an item that is not sold any more.
    pub lost: Amount,
    /// Items without a price: quantity without revenue, revenue without quantity, more returned than sold.
    pub other: Amount,
}

impl Effects {
    pub fn total(&self) -> Amount {
        self.volume + self.mix + self.price + self.new + self.lost + self.other
    }

    pub fn add(&mut self, other: &Effects) {
        self.volume += other.volume;
        self.mix += other.mix;
        self.price += other.price;
        self.new += other.new;
        self.lost += other.lost;
        self.other += other.other;
    }
}

/// The effects of items, each with what was sold before and now.
pub fn effects(items: &[(Sold, Sold)], method: Method) -> Vec<Effects> {
    let both = items.iter().filter_map(|(base, actual)| Some((base.priced()?.0, actual.priced()?.0)));
    let (before, now) = both.fold((Amount::ZERO, Amount::ZERO), |sums, pair| (sums.0 + pair.0, sums.1 + pair.1));
    let growth = now.ratio_to(before);
    items.iter().map(|(base, actual)| effects_of(base, actual, growth, method)).collect()
}

/// Decimals of an effect. What is lost beyond them is in the mix, or in two-way bridges in the price.
const DECIMALS: u8 = 6;

fn effects_of(base: &Sold, actual: &Sold, growth: Option<Ratio>, method: Method) -> Effects {
    let difference = actual.value() - base.value();
    let none = Effects::default();
    let (Some((quantity_before, before)), Some((quantity, now))) = (base.priced(), actual.priced()) else {
        return match (base.is_nothing(), actual.is_nothing()) {
            (true, false) if actual.priced().is_some() => Effects { new: difference, ..none },
            (false, true) if base.priced().is_some() => Effects { lost: difference, ..none },
            _ => Effects { other: difference, ..none },
        };
    };
    // The same quantity at the price of before; without room for the digits nothing can be said.
    let at_old_price = before.times(quantity).and_then(|product| product.ratio_to(quantity_before));
    let (Some(at_old_price), Some(growth)) = (at_old_price, growth) else {
        return Effects { other: difference, ..none };
    };
    match method {
        Method::ThreeWay => {
            let volume = (before * growth - before).rounded(DECIMALS);
            let price = (now - at_old_price).rounded(DECIMALS);
            Effects { volume, price, mix: difference - volume - price, ..none }
        }
        Method::TwoWay => {
            let volume = (at_old_price - before).rounded(DECIMALS);
            Effects { volume, price: difference - volume, ..none }
        }
    }
}

/// One item's part in the difference of a unit and period.
#[derive(Clone, Debug)]
pub struct Bridge {
    pub base: Base,
    /// The company or a region.
    pub unit: Unit,
    pub period: Period,
    /// A product, or a segment where there are no products; nothing for sales that name none.
    pub item: Option<Unit>,
    pub before: Sold,
    pub now: Sold,
    pub effects: Effects,
}

/// Items of which each has a bridge in every quarter and month: more are shown by year only.
const MOST_ITEMS: usize = 200;

/// The bridges of the company and its regions: every year, the focus period, and where there are not too many
/// items every quarter and month. Nothing where no product or segment is named, or no quantity is reported.
pub fn compute(facts: &Facts, method: Method, focus: Option<Period>) -> Vec<Bridge> {
    let (Some(revenue), Some(quantity)) = (facts.metrics.position("sales_amount"), facts.metrics.position("units"))
    else {
        return Vec::new();
    };
    let items = offered(facts);
    if items.is_empty() || !facts.ledger.has(revenue) || !facts.ledger.has(quantity) {
        return Vec::new();
    }
    let by_products = matches!(items[0], Unit::Product(_));
    let sums = [reduce(facts, quantity, by_products), reduce(facts, revenue, by_products)];
    let mut bridges = Vec::new();
    for period in super::periods(facts) {
        if items.len() > MOST_ITEMS && period.kind != Kind::Year && Some(period) != focus {
            continue;
        }
        let months: Vec<(Period, bool)> =
            facts.calendar.months(period).into_iter().map(|month| (month, true)).collect();
        let now = sold(&sums, &months);
        let before = sold(&sums, &super::attainment::months_before(facts, period));
        bridges.extend(bridges_of(Base::PriorYear, period, &before, &now, method));
        let planned = planned(facts, [quantity, revenue], &items, period);
        if !planned.is_empty() {
            let company = now.into_iter().filter(|((unit, _), _)| *unit == Unit::Company).collect();
            bridges.extend(bridges_of(Base::Plan, period, &planned, &company, method));
        }
    }
    bridges
}

/// Products, or segments where nobody names a product.
fn offered(facts: &Facts) -> Vec<Unit> {
    let offerings = facts.units.offerings();
    let is_product = |unit: &&Unit| matches!(unit, Unit::Product(_));
    let products: Vec<Unit> = offerings.iter().filter(is_product).copied().collect();
    if products.is_empty() { offerings } else { products }
}

/// By unit and item.
type SoldBy = BTreeMap<(Unit, Option<Unit>), Sold>;
type OfMonth = FxHashMap<(Unit, Option<Unit>), Tally>;
/// By month and whether it is the rest of one: unit, item, sum.
type ByMonth = FxHashMap<(Period, bool), Vec<(Unit, Option<Unit>, Tally)>>;

/// A metric's sums by month, region and item: the only look at every figure.
fn reduce(facts: &Facts, metric: usize, by_products: bool) -> ByMonth {
    let regions: Vec<Option<Unit>> = facts
        .units
        .seats()
        .iter()
        .map(|seat| {
            let of_team = seat.team.and_then(|team| facts.units.team(team).region);
            seat.region.or(of_team).map(Unit::Region).filter(|_| facts.units.has_regions())
        })
        .collect();
    let item_of: Vec<Option<Unit>> = facts
        .units
        .items()
        .map(|item| {
            let Unit::Item(item) = item else { return None };
            let parts = facts.units.item_parts(item);
            if by_products { parts.product.map(Unit::Product) } else { parts.segment.map(Unit::Segment) }
        })
        .collect();
    let mut sums: FxHashMap<(Period, bool), OfMonth> = FxHashMap::default();
    for month in facts.ledger.months() {
        for crossing in facts.ledger.crossings.of(metric, &[(month, true)]) {
            let item = crossing.item.and_then(|item| item_of[item as usize]);
            let of_month = sums.entry((month, crossing.is_rest)).or_default();
            for unit in [Some(Unit::Company), regions[crossing.seat as usize]].into_iter().flatten() {
                *of_month.entry((unit, item)).or_default() += crossing.tally;
            }
        }
    }
    let list = |sums: OfMonth| sums.into_iter().map(|((unit, item), tally)| (unit, item, tally)).collect();
    sums.into_iter().map(|(month, sums)| (month, list(sums))).collect()
}

fn sold([quantities, revenues]: &[ByMonth; 2], months: &[(Period, bool)]) -> SoldBy {
    let mut sold = SoldBy::new();
    for (month, whole) in months {
        for is_rest in [false, true].into_iter().filter(|is_rest| *whole || !is_rest) {
            for (unit, item, tally) in quantities.get(&(*month, is_rest)).into_iter().flatten() {
                sold.entry((*unit, *item)).or_default().quantity += *tally;
            }
            for (unit, item, tally) in revenues.get(&(*month, is_rest)).into_iter().flatten() {
                sold.entry((*unit, *item)).or_default().revenue += *tally;
            }
        }
    }
    sold
}

/// What the company planned of each item, where both quantities and sales are planned by item. What it planned
/// beyond them is an item without a name.
fn planned(facts: &Facts, [quantity, revenue]: [usize; 2], items: &[Unit], period: Period) -> SoldBy {
    let target = |metric: usize, unit: Unit| facts.plans.get(metric, unit, period).begun;
    let mut sold = SoldBy::new();
    let mut all = Sold::default();
    for item in items {
        let of_item = Sold { quantity: target(quantity, *item), revenue: target(revenue, *item) };
        if !of_item.quantity.is_nothing() && !of_item.revenue.is_nothing() {
            all.add(&of_item);
            sold.insert((Unit::Company, Some(*item)), of_item);
        }
    }
    let whole = target(revenue, Unit::Company).value();
    let rest = whole.map(|whole| whole - all.value()).filter(|rest| !rest.is_zero());
    if let (false, Some(rest)) = (sold.is_empty(), rest) {
        sold.insert((Unit::Company, None), Sold { quantity: Tally::NOTHING, revenue: Tally::known(rest) });
    }
    sold
}

/// Joins both sides of every unit that has a base.
fn bridges_of(base: Base, period: Period, before: &SoldBy, now: &SoldBy, method: Method) -> Vec<Bridge> {
    // Without anything to compare with, everything would be new.
    if before.is_empty() {
        return Vec::new();
    }
    let mut joined: BTreeMap<Unit, BTreeMap<Option<Unit>, (Sold, Sold)>> = BTreeMap::new();
    for ((unit, item), sold) in before {
        joined.entry(*unit).or_default().entry(*item).or_default().0 = *sold;
    }
    for ((unit, item), sold) in now {
        joined.entry(*unit).or_default().entry(*item).or_default().1 = *sold;
    }
    let mut bridges = Vec::new();
    // Where one side names no item, nothing can be said about items.
    let is_named = |items: &BTreeMap<Option<Unit>, (Sold, Sold)>| {
        let named = || items.iter().filter(|(item, _)| item.is_some()).map(|(_, sides)| sides);
        named().any(|(before, _)| !before.is_nothing()) && named().any(|(_, now)| !now.is_nothing())
    };
    for (unit, items) in joined.into_iter().filter(|(_, items)| is_named(items)) {
        let sides: Vec<(Sold, Sold)> = items.values().copied().collect();
        for ((item, (before, now)), effects) in items.into_iter().zip(effects(&sides, method)) {
            bridges.push(Bridge { base, unit, period, item, before, now, effects });
        }
    }
    bridges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str) -> Amount {
        Amount::parse(text).unwrap()
    }

    /// Quantity × price.
    fn sold(quantity: &str, price: &str) -> Sold {
        let quantity = amount(quantity);
        Sold { quantity: Tally::known(quantity), revenue: Tally::known(quantity * amount(price)) }
    }

    fn sums(effects: &[Effects]) -> [String; 3] {
        let mut all = Effects::default();
        effects.iter().for_each(|effects| all.add(effects));
        [all.volume, all.mix, all.price].map(Amount::plain)
    }

    /// Case C30b: budget 7000 at 9 and 3000 at 12, actual 8000 and 7000: mix 7,500, quantity 49,500, both 57,000.
    #[test]
    fn c30b_mix_and_quantity() {
        let items = [(sold("7000", "9"), sold("8000", "9")), (sold("3000", "12"), sold("7000", "12"))];
        assert_eq!(sums(&effects(&items, Method::ThreeWay)), ["49500", "7500", "0"]);
        assert_eq!(sums(&effects(&items, Method::TwoWay)), ["57000", "0", "0"]);
    }

    /// Case C30c: 400×30 and 200×25, then 500×31 and 100×24: price +400 (+500, −100), volume +500 (+3000, −2500),
    /// all of it mix, +900 in all.
    #[test]
    fn c30c_price_and_volume() {
        let items = [(sold("400", "30"), sold("500", "31")), (sold("200", "25"), sold("100", "24"))];
        let two_way = effects(&items, Method::TwoWay);
        assert_eq!(two_way.iter().map(|effects| effects.price.plain()).collect::<Vec<_>>(), ["500", "-100"]);
        assert_eq!(two_way.iter().map(|effects| effects.volume.plain()).collect::<Vec<_>>(), ["3000", "-2500"]);
        assert_eq!(sums(&effects(&items, Method::ThreeWay)), ["0", "500", "400"]);
        assert_eq!(two_way.iter().map(Effects::total).sum::<Amount>(), amount("900"));
    }

    /// Case C31, the steps in which one factor moves: 1000×200 → 1000×220 is price 20,000; → 1500×220 volume 110,000.
    /// Its last step values the price at the old quantity, which is another convention: here 8,500 and 44,000.
    #[test]
    fn c31_one_item() {
        let step = |before, now| sums(&effects(&[(before, now)], Method::ThreeWay));
        assert_eq!(step(sold("1000", "200"), sold("1000", "220")), ["0", "0", "20000"]);
        assert_eq!(step(sold("1000", "220"), sold("1500", "220")), ["110000", "0", "0"]);
        assert_eq!(step(sold("1500", "220"), sold("1700", "225")), ["44000", "0", "8500"]);
    }

    #[test]
    fn what_is_in_one_of_two_is_new_or_lost_and_the_rest_is_other() {
        let nothing = Sold::default();
        let free = Sold { quantity: Tally::known(amount("5")), revenue: Tally::known(Amount::ZERO) };
        let returned = sold("-2", "10");
        let items = [
            (nothing, sold("3", "10")),
            (sold("4", "10"), nothing),
            (nothing, returned),
            (sold("1", "7"), free),
            (sold("2", "5"), sold("3", "5")),
        ];
        let effects = effects(&items, Method::ThreeWay);
        let shown = |pick: fn(&Effects) -> Amount| effects.iter().map(|e| pick(e).plain()).collect::<Vec<_>>();
        assert_eq!(shown(|effects| effects.new), ["30", "0", "0", "0", "0"]);
        assert_eq!(shown(|effects| effects.lost), ["0", "-40", "0", "0", "0"]);
        assert_eq!(shown(|effects| effects.other), ["0", "0", "-20", "-7", "0"]);
        assert_eq!(shown(|effects| effects.volume), ["0", "0", "0", "0", "5"]);
    }

    /// Whatever was sold, an item's effects add up to its difference: to the last digit.
    #[test]
    fn effects_always_add_up() {
        // A small generator of its own, so that the numbers are the same everywhere.
        let mut seed = 20_261_128u64;
        let mut next = |n: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            i128::from((seed >> 33) % n)
        };
        for method in [Method::ThreeWay, Method::TwoWay] {
            for _ in 0..500 {
                let mut side = || {
                    let quantity = Tally::known(Amount::from_units(next(40) - 4, 1));
                    let revenue = Tally::known(Amount::from_units(next(1_000_000) - 50_000, 4));
                    if next(6) == 0 { Sold::default() } else { Sold { quantity, revenue } }
                };
                let items: Vec<(Sold, Sold)> = (0..7).map(|_| (side(), side())).collect();
                for ((before, now), effects) in items.iter().zip(effects(&items, method)) {
                    assert_eq!(effects.total(), now.value() - before.value(), "{before:?} {now:?}");
                }
            }
        }
    }
}
