//! Drivers: the path from a gap to the few members that explain most of it, dimension by dimension.
//!
//! At each step the dimension is taken whose largest member stands out most: whose share of the differences
//! (|Δ| ÷ Σ|Δ| of its members, §3 of the method) exceeds its share of the base the furthest. A member that has
//! as much of the gap as of the base explains nothing. Down the organisation one level follows the other, so that
//! a path reads company › region › team › person; products and segments may come in between.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts::{Facts, Unit};
use crate::measure::{Amount, Ratio};
use crate::period::Period;

use super::variance::Base;

/// Steps that a path has at most.
const MOST_STEPS: usize = 4;
/// Members that are named at a step.
const MOST_NAMED: usize = 3;
/// By how much a member's share of the differences must exceed its share of the base: one point.
const LEAST_EXCESS: i128 = 1;

/// A member of a step.
#[derive(Clone, Debug)]
pub struct Member {
    pub unit: Unit,
    /// Nothing where the member had none.
    pub base: Option<Amount>,
    pub actual: Option<Amount>,
    /// Actual − base; what is missing counts as nothing here, so that members add up to their whole.
    pub variance: Amount,
    /// Of the difference of the step's whole: more than 1 where others make up for it.
    pub share_of_parent: Option<Ratio>,
    /// Of the whole gap.
    pub share_of_gap: Option<Ratio>,
}

/// The members of one dimension that go with the gap, largest first. The first is the one that is followed.
#[derive(Clone, Debug)]
pub struct Step {
    pub named: Vec<Member>,
    /// Members of the dimension in all.
    pub n_members: usize,
}

/// From a unit's gap down to what explains it.
#[derive(Clone, Debug)]
pub struct Path {
    pub metric: usize,
    pub base: Base,
    pub period: Period,
    /// Where it starts.
    pub unit: Unit,
    pub gap: Amount,
    /// Nothing where no member stands out.
    pub steps: Vec<Step>,
}

/// The paths of the company's gap of every metric that is added up, against plan and prior year.
pub fn compute(facts: &Facts, period: Option<Period>) -> Vec<Path> {
    let Some(period) = period else { return Vec::new() };
    let mut paths = Vec::new();
    for (metric, _) in facts.metrics.iter().enumerate().filter(|(metric, _)| facts.ledger.has(*metric)) {
        if facts.ledger.is_level(metric) {
            continue;
        }
        for base in [Base::Plan, Base::PriorYear] {
            paths.extend(Gaps::new(facts, metric, base, period).and_then(|gaps| gaps.path(Unit::Company)));
        }
    }
    paths
}

/// What makes up the gaps of one metric, base and period.
pub struct Gaps {
    metric: usize,
    base: Base,
    period: Period,
    /// Base and actual of each cell: of seat and item against the prior year; of units, and once more of items,
    /// against the plan, which is set for the one or the other.
    cuts: Vec<Vec<Cell>>,
}

/// A figure with the member it has in each dimension, in the order in which they are tried.
struct Cell {
    members: [Option<Unit>; DIMENSIONS],
    base: Option<Amount>,
    actual: Option<Amount>,
}

/// Region, team and person, one after the other; segment; product.
const DIMENSIONS: usize = 5;
const ORGANISATION: usize = 3;

impl Cell {
    fn variance(&self) -> Amount {
        self.actual.unwrap_or(Amount::ZERO) - self.base.unwrap_or(Amount::ZERO)
    }
}

impl Gaps {
    /// Nothing where there is nothing to compare with.
    pub fn new(facts: &Facts, metric: usize, base: Base, period: Period) -> Option<Self> {
        let mut cuts = match base {
            Base::PriorYear => vec![prior_year_cells(facts, metric, period)],
            Base::Plan => vec![plan_cells(facts, metric, period), planned_items(facts, metric, period)],
            Base::Budget => Vec::new(),
        };
        cuts.retain(|cells| cells.iter().any(|cell| cell.base.is_some()));
        (!cuts.is_empty()).then_some(Gaps { metric, base, period, cuts })
    }

    /// The path from a unit of the organisation, if it has a gap.
    pub fn path<'a>(&'a self, unit: Unit) -> Option<Path> {
        let level = match unit {
            Unit::Company => None,
            Unit::Region(_) => Some(0),
            Unit::Team(_) => Some(1),
            Unit::Person(_) => Some(2),
            _ => return None,
        };
        let of_unit = |cell: &&Cell| level.is_none_or(|level: usize| cell.members[level] == Some(unit));
        let of_cut = |cells: &&'a Vec<Cell>| cells.iter().filter(of_unit).collect::<Vec<&Cell>>();
        let mut used = [false; DIMENSIONS];
        used[..level.map_or(0, |level| level + 1)].fill(true);
        // The gap is that of the first cut, and the path that of the one whose first step says most.
        let whole = of_cut(&self.cuts.first()?);
        let gap: Amount = whole.iter().map(|cell| cell.variance()).sum();
        if gap.is_zero() {
            return None;
        }
        let cuts = self.cuts.iter().map(|cells| of_cut(&cells));
        let begun = cuts.filter_map(|cells| Some((self.step(&cells, &used, gap)?.0, cells)));
        let best = begun.reduce(|best, next| if next.0 > best.0 { next } else { best });
        let mut cells = best.map_or(whole, |(_, cells)| cells);
        let mut steps = Vec::new();
        while steps.len() < MOST_STEPS {
            let Some((_, dimension, step)) = self.step(&cells, &used, gap) else { break };
            let followed = step.named[0].unit;
            cells.retain(|cell| cell.members[dimension] == Some(followed));
            used[dimension] = true;
            if dimension < ORGANISATION {
                used[..dimension].fill(true);
            }
            steps.push(step);
        }
        Some(Path { metric: self.metric, base: self.base, period: self.period, unit, gap, steps })
    }

    /// The dimension that says most about these cells, and how far its largest member stands out.
    fn step(&self, cells: &[&Cell], used: &[bool; DIMENSIONS], gap: Amount) -> Option<(Ratio, usize, Step)> {
        // Of what is new as a whole, no part is more so than another.
        if cells.iter().all(|cell| cell.base.is_none()) {
            return None;
        }
        let mut best: Option<(Ratio, usize, Step)> = None;
        let mut has_organisation = false;
        for dimension in (0..DIMENSIONS).filter(|dimension| !used[*dimension]) {
            // Of the organisation only the next level that has several members.
            if dimension < ORGANISATION && has_organisation {
                continue;
            }
            let members = self.members(cells, dimension);
            // A plan that is not divided along a dimension says nothing about it.
            let n_compared = members.iter().filter(|(_, base, _)| base.is_some()).count();
            if members.len() < 2 || !is_told(cells, dimension) || (self.base == Base::Plan && n_compared < 2) {
                continue;
            }
            has_organisation |= dimension < ORGANISATION;
            if let Some((excess, step)) = step_of(members, gap)
                && best.as_ref().is_none_or(|(best, ..)| excess > *best)
            {
                best = Some((excess, dimension, step));
            }
        }
        best
    }

    fn members(&self, cells: &[&Cell], dimension: usize) -> Vec<(Unit, Option<Amount>, Option<Amount>)> {
        let mut sums: BTreeMap<Unit, (Option<Amount>, Option<Amount>)> = BTreeMap::new();
        let add = |sum: &mut Option<Amount>, amount: Option<Amount>| {
            if let Some(amount) = amount {
                *sum = Some(sum.unwrap_or(Amount::ZERO) + amount);
            }
        };
        for cell in cells {
            let Some(member) = cell.members[dimension] else { continue };
            let sum = sums.entry(member).or_default();
            add(&mut sum.0, cell.base);
            add(&mut sum.1, cell.actual);
        }
        sums.into_iter().map(|(unit, (base, actual))| (unit, base, actual)).collect()
    }
}

/// Whether both sides say for most of their sum which member of a dimension it is: where one of them does not,
/// every member would seem new.
fn is_told(cells: &[&Cell], dimension: usize) -> bool {
    let most = |side: fn(&Cell) -> Option<Amount>| {
        let sum = |is_counted: &dyn Fn(&Cell) -> bool| -> Amount {
            cells.iter().filter(|cell| is_counted(cell)).filter_map(|cell| side(cell)).map(Amount::abs).sum()
        };
        let (all, named) = (sum(&|_| true), sum(&|cell| cell.members[dimension].is_some()));
        named + named >= all
    };
    most(|cell| cell.base) && most(|cell| cell.actual)
}

/// The members of a dimension that go with their whole's difference, and how far the largest of them stands out.
fn step_of(members: Vec<(Unit, Option<Amount>, Option<Amount>)>, gap: Amount) -> Option<(Ratio, Step)> {
    let n_members = members.len();
    let of = |amount: Option<Amount>| amount.unwrap_or(Amount::ZERO);
    let whole: Amount = members.iter().map(|(_, base, actual)| of(*actual) - of(*base)).sum();
    let differences: Amount = members.iter().map(|(_, base, actual)| (of(*actual) - of(*base)).abs()).sum();
    let bases: Amount = members.iter().map(|(_, base, _)| of(*base).abs()).sum();
    let mut named: Vec<Member> = members
        .into_iter()
        .map(|(unit, base, actual)| {
            let variance = of(actual) - of(base);
            let (share_of_parent, share_of_gap) = (variance.ratio_to(whole), variance.ratio_to(gap));
            Member { unit, base, actual, variance, share_of_parent, share_of_gap }
        })
        .filter(|member| {
            !whole.is_zero() && !member.variance.is_zero() && member.variance.is_negative() == whole.is_negative()
        })
        .collect();
    named.sort_by_key(|member| (std::cmp::Reverse(member.variance.abs()), member.unit));
    let largest = named.first()?;
    let share = largest.variance.abs().ratio_to(differences)?;
    let excess = share - of(largest.base).abs().ratio_to(bases).unwrap_or(Amount::ZERO);
    if excess < Amount::from_units(LEAST_EXCESS, 2) {
        return None;
    }
    named.truncate(MOST_NAMED);
    Some((excess, Step { named, n_members }))
}

/// Every seat and item in both years.
fn prior_year_cells(facts: &Facts, metric: usize, period: Period) -> Vec<Cell> {
    let months: Vec<(Period, bool)> = facts.calendar.months(period).into_iter().map(|month| (month, true)).collect();
    let before = super::attainment::months_before(facts, period);
    type Sums = (Option<Amount>, Option<Amount>);
    let mut sums: FxHashMap<(u32, Option<u32>), Sums> = FxHashMap::default();
    for crossing in facts.ledger.crossings.of(metric, &months) {
        let Some(value) = crossing.tally.value() else { continue };
        let sum = &mut sums.entry((crossing.seat, crossing.item)).or_default().1;
        *sum = Some(sum.unwrap_or(Amount::ZERO) + value);
    }
    for crossing in facts.ledger.crossings.of(metric, &before) {
        let Some(value) = crossing.tally.value() else { continue };
        let sum = &mut sums.entry((crossing.seat, crossing.item)).or_default().0;
        *sum = Some(sum.unwrap_or(Amount::ZERO) + value);
    }
    let mut sums: Vec<((u32, Option<u32>), Sums)> = sums.into_iter().collect();
    sums.sort_unstable_by_key(|(key, _)| *key);
    sums.into_iter()
        .map(|((seat, item), (base, actual))| {
            let [region, team, person] = organisation(facts, seat);
            let parts = item.map(|item| facts.units.item_parts(item));
            let segment = parts.and_then(|parts| parts.segment).map(Unit::Segment);
            let product = parts.and_then(|parts| parts.product).map(Unit::Product);
            Cell { members: [region, team, person, segment, product], base, actual }
        })
        .collect()
}

/// Region, team and person of a seat, as far as the levels say anything.
fn organisation(facts: &Facts, seat: u32) -> [Option<Unit>; ORGANISATION] {
    let seat = facts.units.seats()[seat as usize];
    let of_team = seat.team.and_then(|team| facts.units.team(team).region);
    [
        seat.region.or(of_team).map(Unit::Region).filter(|_| facts.units.has_regions()),
        seat.team.map(Unit::Team).filter(|_| facts.units.has_teams()),
        Some(Unit::Person(seat.person)).filter(|_| facts.units.has_people()),
    ]
}

/// Every seat with its own target and actual; what a unit planned beyond its members is a cell of its own, and so
/// is what was done where only the whole has a target.
fn plan_cells(facts: &Facts, metric: usize, period: Period) -> Vec<Cell> {
    if facts.metrics[metric].formula.is_rate() {
        return Vec::new();
    }
    let target = |unit: Unit| facts.plans.get(metric, unit, period).begun.value();
    if target(Unit::Company).is_none() {
        return Vec::new();
    }
    let months = facts.calendar.months(period);
    let mut cells = Vec::new();
    let mut seen: FxHashSet<u32> = FxHashSet::default();
    let mut pending = vec![(Unit::Company, [None; DIMENSIONS])];
    while let Some((unit, members)) = pending.pop() {
        let children = facts.units.children(unit);
        let planned: Vec<Option<Amount>> = children.iter().map(|child| target(*child)).collect();
        if planned.iter().all(Option::is_none) {
            let seats: Vec<u32> = facts.units.seats_of(unit).into_iter().filter(|seat| seen.insert(*seat)).collect();
            let actual = facts.ledger.sum(metric, &seats, &months, true).value();
            cells.push(Cell { members, base: target(unit), actual });
            continue;
        }
        // What the unit has beyond its members belongs to none of them.
        let rest = target(unit).unwrap_or(Amount::ZERO) - planned.into_iter().flatten().sum();
        if !rest.is_zero() {
            cells.push(Cell { members, base: Some(rest), actual: None });
        }
        for child in children {
            let mut members = members;
            match child {
                Unit::Region(_) => members[0] = Some(child).filter(|_| facts.units.has_regions()),
                Unit::Team(_) => members[1] = Some(child).filter(|_| facts.units.has_teams()),
                Unit::Seat(seat) => members[2] = organisation(facts, seat)[2],
                _ => {}
            }
            pending.push((child, members));
        }
    }
    cells
}

/// Every item with its own target and actual, over the whole company.
fn planned_items(facts: &Facts, metric: usize, period: Period) -> Vec<Cell> {
    let months = facts.calendar.months(period);
    let cell = |unit: Unit| {
        let Unit::Item(item) = unit else { return None };
        let parts = facts.units.item_parts(item);
        let base = facts.plans.get(metric, unit, period).begun.value();
        let actual = facts.ledger.sum(metric, &facts.units.seats_of(unit), &months, true).value();
        let members = [None, None, None, parts.segment.map(Unit::Segment), parts.product.map(Unit::Product)];
        (base.is_some() || actual.is_some()).then_some(Cell { members, base, actual })
    };
    facts.units.items().filter_map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(value: i64) -> Option<Amount> {
        Some(Amount::whole(value))
    }

    /// North has half of the base and 90 of the 100 lost: 90 points against 50. South has 10 against 50.
    #[test]
    fn who_stands_out_is_named_with_its_share() {
        let members = vec![(Unit::Region(0), whole(500), whole(410)), (Unit::Region(1), whole(500), whole(490))];
        let (excess, step) = step_of(members, Amount::whole(-200)).unwrap();
        assert_eq!(excess.plain(), "0.4");
        assert_eq!(step.named[0].unit, Unit::Region(0));
        assert_eq!(step.named[0].share_of_parent.unwrap().plain(), "0.9");
        // Of a gap of 200 further up it is less than half.
        assert_eq!(step.named[0].share_of_gap.unwrap().plain(), "0.45");
    }

    #[test]
    fn where_all_lose_alike_nobody_stands_out() {
        let members = vec![(Unit::Region(0), whole(500), whole(450)), (Unit::Region(1), whole(500), whole(450))];
        assert!(step_of(members, Amount::whole(-100)).is_none());
    }

    #[test]
    fn who_goes_against_the_gap_is_not_named() {
        let members = vec![
            (Unit::Region(0), whole(100), whole(20)),
            (Unit::Region(1), whole(100), whole(150)),
            (Unit::Region(2), None, None),
        ];
        let (_, step) = step_of(members, Amount::whole(-30)).unwrap();
        assert_eq!((step.named.len(), step.n_members), (1, 3));
        // It lost 80 where all of them together lost 30.
        assert_eq!(step.named[0].share_of_parent.unwrap().rounded(4).plain(), "2.6667");
    }
}
