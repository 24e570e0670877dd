//! Targets: typed values joined to units, and rolled up over units and time.
//!
//! Rules (§2, §5, §6 of the method): a value typed for a unit and period is used as it
//! stands; otherwise a unit's target is the sum of its own finer periods, otherwise the
//! sum of its members'. Values typed at two levels are compared, never added.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::cell::CellRef;
use crate::measure::{Amount, Tally};
use crate::metric::{Formula, Metric, Metrics};
use crate::period::{Calendar, Kind as PeriodKind, Period, Span};
use crate::problem::{Kind, PartsDiffer, Problem};
use crate::tables::targets::{TargetRow, UnitNames};

use super::readers::Narrowing;
use super::repeated::merge_repeats;
use super::{JoinRules, ManagerTarget, RegionBy, Unit, Units};

/// A typed value, or the part of one that falls to a seat or month.
#[derive(Clone, Debug)]
struct Entry {
    /// The days it is for: the whole period, or the days of an assignment within it.
    active: Span,
    value: Tally,
    at: CellRef,
}

/// Typed targets by metric, unit and period.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    entries: BTreeMap<(usize, Unit), BTreeMap<Period, Vec<Entry>>>,
    /// Cells of rows that add to an earlier one, by the cell of that.
    added: FxHashMap<CellRef, Vec<CellRef>>,
    /// Cells of the other products or segments that are one entry with the first.
    beside: FxHashMap<CellRef, Vec<CellRef>>,
}

impl Typed {
    /// The days of all typed periods.
    pub fn span(&self, calendar: &Calendar) -> Option<Span> {
        let spans = self.entries.values().flat_map(BTreeMap::keys).map(|period| calendar.span(*period));
        spans.reduce(|a, b| Span { first: a.first.min(b.first), last: a.last.max(b.last) })
    }
}

/// What was planned for a unit in a period.
#[derive(Clone, Copy, Debug, Default)]
pub struct Planned {
    /// The target of the whole period.
    pub full: Tally,
    /// The target of those of its finest planned periods that have begun by the as-of day.
    pub begun: Tally,
    /// The part of `begun` that should have been done by the as-of day, by work days.
    pub due: Amount,
    /// Months with a target, as bits of the fiscal year.
    months: u16,
    /// A rate whose parts cannot be weighted: no denominator was planned.
    pub is_unmeasurable: bool,
}

impl Planned {
    fn add(&mut self, other: &Planned) {
        self.full += other.full;
        self.begun += other.begun;
        self.due += other.due;
        self.months |= other.months;
    }

    /// Rates over all parts, and over the parts that have begun; nothing where none was planned.
    fn of_rates(rates: [Option<Rate>; 2]) -> Option<Planned> {
        let tally = |rate: Option<Rate>| match rate {
            Some(Rate { value: Some(value), n_unreadable, .. }) => Tally::of(value, 1, n_unreadable),
            Some(Rate { n_unreadable, .. }) => Tally::of(Amount::ZERO, 0, n_unreadable.max(1)),
            None => Tally::NOTHING,
        };
        let all = rates[0]?;
        let planned = Planned {
            full: tally(rates[0]),
            begun: tally(rates[1]),
            due: rates[1].and_then(|rate| rate.value).unwrap_or(Amount::ZERO),
            months: all.months,
            is_unmeasurable: all.value.is_none() && all.n_unreadable == 0,
        };
        Some(if planned.is_unmeasurable {
            Planned { full: Tally::NOTHING, begun: Tally::NOTHING, ..planned }
        } else {
            planned
        })
    }

    /// Takes the place of what went before, as far as there is something.
    fn follow(&mut self, later: &Planned) {
        if !later.full.is_nothing() {
            self.full = later.full;
        }
        if !later.begun.is_nothing() {
            (self.begun, self.due) = (later.begun, later.due);
        }
        self.months |= later.months;
    }

    /// Whether a month has a target.
    pub fn has_month(&self, month: Period, calendar: &Calendar) -> bool {
        self.months & month_bit(month, calendar) != 0
    }

    /// How many months have a target.
    pub fn n_months(&self) -> u32 {
        self.months.count_ones()
    }
}

/// Every unit's target for every period.
#[derive(Debug, Default)]
pub struct Plans {
    table: FxHashMap<(usize, Unit, Period), Planned>,
    metrics: BTreeSet<usize>,
}

impl Plans {
    pub fn get(&self, metric: usize, unit: Unit, period: Period) -> Planned {
        self.table.get(&(metric, unit, period)).copied().unwrap_or_default()
    }

    /// Positions of the metrics that have any target.
    pub fn metrics(&self) -> impl Iterator<Item = usize> {
        self.metrics.iter().copied()
    }

    /// All periods with targets.
    pub(super) fn periods(&self) -> Vec<Period> {
        let periods: BTreeSet<Period> = self.table.keys().map(|(_, _, period)| *period).collect();
        periods.into_iter().collect()
    }

    /// The targets of a reader's units. Those by product and segment are of the whole organisation: a reader has none.
    pub(super) fn narrowed(&self, to: &Narrowing<'_>, periods: &[Period]) -> Plans {
        let mut plans = Plans { metrics: self.metrics.clone(), ..Plans::default() };
        for metric in self.metrics() {
            for period in periods {
                let whole = to.units.iter().map(|(whole, here)| (*here, self.get(metric, *whole, *period)));
                let parts = to.parts.iter();
                let parts = parts.map(|(here, parts)| (*here, self.together(metric, to.metrics, parts, *period)));
                let planned = whole.chain(parts);
                let planned = planned.filter(|(_, planned)| !planned.full.is_nothing() || planned.is_unmeasurable);
                plans.table.extend(planned.map(|(unit, planned)| ((metric, unit, *period), planned)));
            }
        }
        plans
    }

    /// What was planned for several together: sums add up, rates are weighted as a unit's are.
    fn together(&self, metric: usize, metrics: &Metrics, members: &[Unit], period: Period) -> Planned {
        let members = || members.iter().map(|member| (*member, self.get(metric, *member, period)));
        let Formula::Ratio { numerator, denominator } = &metrics[metric].formula else {
            let mut planned = Planned::default();
            members().for_each(|(_, member)| planned.add(&member));
            return planned;
        };
        let full = |key: &String, unit: Unit| self.get(metrics.position(key)?, unit, period).full.value();
        let rate = |unit: Unit, member: &Planned, value: Tally| {
            let sums = value.value().and_then(|rate| match (full(denominator, unit), full(numerator, unit)) {
                (Some(below), _) => Some((rate * below, below)),
                (None, Some(above)) => Some((above, above.ratio_to(rate)?)),
                (None, None) => None,
            });
            Rate { value: value.value(), sums, n_unreadable: value.n_unreadable, months: member.months }
        };
        let is_planned = |(_, member): &(Unit, Planned)| !member.full.is_nothing() || member.is_unmeasurable;
        let all: Vec<Rate> =
            members().filter(is_planned).map(|(unit, member)| rate(unit, &member, member.full)).collect();
        let begun = members().filter(|(_, member)| !member.begun.is_nothing());
        let begun: Vec<Rate> = begun.map(|(unit, member)| rate(unit, &member, member.begun)).collect();
        Planned::of_rates([combine(&all), combine(&begun)]).unwrap_or_default()
    }

    /// Whether any product or segment has a target.
    pub fn has_offerings(&self) -> bool {
        self.table.keys().any(|(_, unit, _)| unit.is_offering())
    }

    /// Whether any person has a target for a metric in a period.
    pub fn has_level(&self, metric: usize, units: &Units, period: Period) -> bool {
        units.people_ids().any(|person| !self.get(metric, Unit::Person(person), period).full.is_nothing())
    }
}

/// Product and segment of a target.
type ProductKey = (Option<String>, Option<String>);
/// Names that nobody knows share one unit, and are still different names.
type UnitKey = (usize, Unit, Option<(UnitNames, Option<CellRef>)>, Period);

/// Targets by product or segment, over all units: each metric's and item's of the coarsest level that has any, for
/// the levels below say the same again.
fn type_items(
    values: &BTreeMap<UnitKey, BTreeMap<ProductKey, (Tally, CellRef)>>,
    order: &[UnitKey],
    finer: &mut FinerTargets,
    units: &mut Units,
    metrics: &Metrics,
    calendar: &Calendar,
    typed: &mut Typed,
) {
    let rank = |unit: Unit| match unit {
        Unit::Company => 0,
        Unit::Region(_) => 1,
        Unit::Team(_) => 2,
        _ => 3,
    };
    // Rates of products have nothing that they could be weighted by.
    let is_sum = |key: &&UnitKey| metrics[key.0].formula == Formula::Sum;
    let is_item = |(product, segment): &ProductKey| product.is_some() || segment.is_some();
    let mut coarsest: BTreeMap<(usize, &ProductKey), u8> = BTreeMap::new();
    for key in order.iter().filter(is_sum) {
        for item in values[key].keys().filter(|item| is_item(item)) {
            let level = coarsest.entry((key.0, item)).or_insert(u8::MAX);
            *level = (*level).min(rank(key.1));
        }
    }
    for key in order.iter().filter(is_sum) {
        let (metric, _, _, period) = *key;
        for (product, (value, at)) in values[key].iter().filter(|(item, _)| is_item(item)) {
            if coarsest.get(&(metric, product)) != Some(&rank(key.1)) {
                continue;
            }
            let item = Unit::Item(units.item(product.0.as_deref(), product.1.as_deref()));
            let entry = Entry { active: calendar.span(period), value: *value, at: at.clone() };
            for (month, entry) in by_months(period, entry, calendar, false) {
                if finer.says_again(key, period, month, None) {
                    continue;
                }
                typed.entries.entry((metric, item)).or_default().entry(month).or_default().push(entry);
            }
        }
    }
}

/// Months that a unit has targets for, and what its weeks and days say of the same months: compared, never added.
#[derive(Default)]
struct FinerTargets {
    months: BTreeSet<UnitKey>,
    sums: BTreeMap<UnitKey, (Tally, i64)>,
}

impl FinerTargets {
    fn of(order: &[UnitKey]) -> Self {
        let months = order.iter().filter(|key| key.3.kind == PeriodKind::Month).cloned().collect();
        FinerTargets { months, sums: BTreeMap::new() }
    }

    /// Whether the part of a week or a day that falls to a month says again what the month's own target says. A
    /// part with its work days is kept for the comparison.
    fn says_again(&mut self, key: &UnitKey, period: Period, month: Period, part: Option<(Tally, i64)>) -> bool {
        if !matches!(period.kind, PeriodKind::Week | PeriodKind::Day) {
            return false;
        }
        let of_month = (key.0, key.1, key.2.clone(), month);
        if !self.months.contains(&of_month) {
            return false;
        }
        if let Some((value, n_days)) = part {
            let sum = self.sums.entry(of_month).or_default();
            sum.0 += value;
            sum.1 += n_days;
        }
        true
    }
}

/// Joins target rows to units: duplicates are found, managers' targets placed, people's targets
/// divided over the seats they hold in the period.
pub fn resolve(
    rows: &[TargetRow],
    units: &mut Units,
    metrics: &Metrics,
    calendar: &Calendar,
    rules: JoinRules,
    problems: &mut Vec<Problem>,
) -> Typed {
    let mut values: BTreeMap<UnitKey, BTreeMap<ProductKey, (Tally, CellRef)>> = BTreeMap::new();
    let mut order: Vec<UnitKey> = Vec::new();
    let mut noted: FxHashSet<String> = FxHashSet::default();
    let mut typed = Typed::default();
    for row in rows {
        let Some(metric) = metrics.position(&row.metric) else { continue };
        let mut new_problems = Vec::new();
        let mut unit = units.resolve(&row.unit, &row.unit_at, &mut new_problems);
        let at_stake = Tally::from(row.value).value();
        new_problems.iter_mut().for_each(|problem| problem.amount = problem.amount.or(at_stake));
        // One remark per unknown name, not one per month.
        new_problems.retain(|problem| noted.insert(format!("{:?}", problem.kind)));
        problems.extend(new_problems);
        if rules.manager_target == ManagerTarget::Team
            && let Unit::Person(person) = unit
            && let Some(led) = unit_led_by(person, units)
        {
            unit = led;
        }
        let is_nobody = matches!(unit, Unit::Person(_)) && units.name(unit).is_none();
        // A target of nobody known still has the team and region that it names.
        if let Unit::Person(person) = unit
            && is_nobody
            && let Some(seat) = units.seat_named(person, &row.unit)
        {
            unit = Unit::Seat(seat);
        }
        // Rows that name nobody at all are not even known to be the same nobody.
        let place = row.unit.is_blank().then(|| row.at.clone());
        let key = (metric, unit, is_nobody.then(|| (row.unit.clone(), place)), row.period);
        let product = (row.product.clone(), row.segment.clone());
        if !values.contains_key(&key) {
            order.push(key.clone());
        }
        let known = values.entry(key).or_default();
        match known.get_mut(&product) {
            None => {
                known.insert(product, (Tally::from(row.value), row.at.clone()));
            }
            Some((value, first)) if row.adds => {
                *value += Tally::from(row.value);
                typed.added.entry(first.clone()).or_default().push(row.at.clone());
            }
            Some((value, first)) => {
                let described =
                    (row.metric.clone(), units.name(unit).unwrap_or("").to_string(), row.period.to_string());
                let (metric, unit, period) = described;
                let first_place = first.to_string();
                if *value == Tally::from(row.value) {
                    let kind = Kind::RepeatedTarget { metric, unit, period, first: first_place };
                    problems.push(Problem::new(row.at.clone(), kind));
                } else {
                    // Nobody can say which one holds: both are held, and the total is marked.
                    *value = Tally::of(Amount::ZERO, 0, value.n_unreadable + 1 + u32::from(value.n_known > 0));
                    let kind = Kind::ConflictingTargets { metric, unit, period, first: first_place };
                    problems.push(Problem::new(row.at.clone(), kind));
                }
            }
        }
    }
    merge_repeats(rows.iter().map(|row| &row.at), problems);
    let mut finer = FinerTargets::of(&order);
    type_items(&values, &order, &mut finer, units, metrics, calendar, &mut typed);
    // Months come before the weeks that are compared with them.
    order.sort_by_key(|key| matches!(key.3.kind, PeriodKind::Week | PeriodKind::Day));
    let mut months: BTreeMap<UnitKey, (Tally, CellRef)> = BTreeMap::new();
    for key in order {
        let (metric, unit, _, period) = key;
        let by_product = &values[&key];
        let described = &metrics[metric];
        let is_rate = described.formula.is_rate();
        // For all products, by product, by segment, by both: the coarsest holds, the others are compared with it.
        let grains: [fn(&ProductKey) -> bool; 4] = [
            |(product, segment)| product.is_none() && segment.is_none(),
            |(product, segment)| product.is_some() && segment.is_none(),
            |(product, segment)| product.is_none() && segment.is_some(),
            |(product, segment)| product.is_some() && segment.is_some(),
        ];
        let of_grain = |is_grain: &fn(&ProductKey) -> bool| -> Vec<(Tally, CellRef)> {
            by_product.iter().filter(|(key, _)| is_grain(key)).map(|(_, value)| value.clone()).collect()
        };
        let mut present = grains.iter().map(of_grain).filter(|values| !values.is_empty());
        let Some(values) = present.next() else { continue };
        let at = values[0].1.clone();
        if values.len() > 1 {
            typed.beside.insert(at.clone(), values[1..].iter().map(|(_, at)| at.clone()).collect());
        }
        let mut value: Tally = values.iter().map(|(value, _)| *value).sum();
        if is_rate && values.len() > 1 {
            // Rates of products cannot be added, and nothing says how to weight them.
            let kind = Kind::ConflictingTargets {
                metric: described.key.clone(),
                unit: units.name(unit).unwrap_or("").to_string(),
                period: period.to_string(),
                first: values[1].1.to_string(),
            };
            problems.push(Problem::new(at.clone(), kind));
            value = Tally::of(Amount::ZERO, 0, u32::try_from(values.len()).unwrap_or(u32::MAX));
        }
        for finer in present.filter(|_| !is_rate) {
            let sum: Tally = finer.iter().map(|(value, _)| *value).sum();
            if let (Some(whole), Some(parts)) = (value.value(), sum.value())
                && parts > whole
            {
                // Products need not be complete; more than the whole they cannot be.
                problems.push(parts_differ(&at, described, units.name(unit), period, whole, parts));
            }
        }
        if finer.months.contains(&key) {
            months.insert(key.clone(), (value, at.clone()));
        }
        let entry = Entry { active: calendar.span(period), value, at };
        for (month, entry) in by_months(period, entry, calendar, is_rate) {
            let days = calendar.work_days.count(entry.active);
            if finer.says_again(&key, period, month, (!is_rate).then_some((entry.value, days))) {
                continue;
            }
            let period = month;
            if let Unit::Person(person) = unit
                && is_after_all_stints(units, person, entry.active)
            {
                let kind = Kind::OutsideAssignment { name: units.name(unit).unwrap_or("").to_string(), n_rows: 1 };
                if noted.insert(format!("{kind:?}")) {
                    problems.push(Problem::new(entry.at.clone(), kind).worth(entry.value.value()));
                }
            }
            for (unit, entry) in by_seats(unit, entry, units, calendar, rules, is_rate) {
                typed.entries.entry((metric, unit)).or_default().entry(period).or_default().push(entry);
            }
        }
    }
    for (key, (parts, n_days)) in finer.sums {
        let Some((whole, at)) = months.get(&key) else { continue };
        let (metric, unit, _, month) = key;
        let is_complete = n_days == calendar.work_days.count(calendar.span_of_weeks(month));
        let difference = whole.value().zip(parts.value()).filter(|(whole, parts)| is_complete && whole != parts);
        if let Some((whole, parts)) = difference {
            problems.push(parts_differ(at, &metrics[metric], units.name(unit), month, whole, parts));
        }
    }
    typed
}

/// A typed whole and the parts that do not add up to it.
fn parts_differ(
    at: &CellRef,
    metric: &Metric,
    unit: Option<&str>,
    period: Period,
    whole: Amount,
    parts: Amount,
) -> Problem {
    let gap = whole - parts;
    let shown = |amount: Amount| amount.grouped(metric.decimals);
    let differ = PartsDiffer {
        unit: unit.unwrap_or("").to_string(),
        metric: metric.key.clone(),
        period: period.to_string(),
        whole: shown(whole),
        parts: shown(parts),
        gap: shown(gap),
    };
    Problem::new(at.clone(), Kind::PartsDiffer(Box::new(differ))).worth(Some(gap))
}

/// Whether someone with assignments has none in these days.
fn is_after_all_stints(units: &Units, person: u32, days: Span) -> bool {
    let mut held = units.stints(person).iter().filter(|stint| stint.span.overlap(&days).is_some());
    held.all(|stint| stint.outside)
}

/// The smallest unit that all direct reports of a person belong to.
pub(super) fn unit_led_by(manager: u32, units: &Units) -> Option<Unit> {
    let names: Vec<String> = {
        let person = units.person(manager);
        [person.id.clone(), person.name.clone()].into_iter().flatten().map(|name| name.to_lowercase()).collect()
    };
    let reports: Vec<u32> = units
        .people_ids()
        .filter(|person| {
            let leader = units.person(*person).manager.as_ref().map(|name| name.to_lowercase());
            *person != manager && leader.is_some_and(|leader| names.contains(&leader))
        })
        .collect();
    if reports.is_empty() {
        return None;
    }
    let homes: Vec<(Option<u32>, Option<u32>)> = reports
        .iter()
        .flat_map(|person| units.stints(*person))
        .filter(|stint| !stint.outside)
        .flat_map(|stint| &stint.parts)
        .map(|(team, region, _)| (*team, team.map_or(*region, |team| units.team(team).region)))
        .collect();
    let first = homes.first()?;
    if homes.iter().all(|home| home.0 == first.0)
        && let Some(team) = first.0
    {
        return Some(Unit::Team(team));
    }
    if homes.iter().all(|home| home.1 == first.1)
        && let Some(region) = first.1
    {
        return Some(Unit::Region(region));
    }
    Some(Unit::Company)
}

/// Weeks go to months by their work days, or as a whole where the calendar says so; days to their month; other
/// periods stay as they are.
fn by_months(period: Period, entry: Entry, calendar: &Calendar, is_rate: bool) -> Vec<(Period, Entry)> {
    match period.kind {
        PeriodKind::Week => {}
        PeriodKind::Day => return vec![(calendar.containing(PeriodKind::Month, entry.active.first), entry)],
        _ => return vec![(period, entry)],
    }
    let week = calendar.span(period);
    if let Some(month) = calendar.month_of_week(week) {
        return vec![(month, entry)];
    }
    let months: Vec<(Period, Span)> = calendar
        .periods_within(week)
        .into_iter()
        .filter(|period| period.kind == PeriodKind::Month)
        .filter_map(|month| Some((month, calendar.span(month).overlap(&week)?)))
        .collect();
    let weights: Vec<i64> = months.iter().map(|(_, span)| calendar.work_days.count(*span)).collect();
    let parts = divide(entry.value, &weights, is_rate);
    let months = months.into_iter().zip(parts);
    months.map(|((month, active), value)| (month, Entry { active, value, at: entry.at.clone() })).collect()
}

/// A person's target goes to the seats held in its days, by work days and share.
fn by_seats(
    unit: Unit,
    entry: Entry,
    units: &mut Units,
    calendar: &Calendar,
    rules: JoinRules,
    is_rate: bool,
) -> Vec<(Unit, Entry)> {
    let Unit::Person(person) = unit else { return vec![(unit, entry)] };
    let mut held: Vec<(Option<u32>, Option<u32>, Span, i64)> = Vec::new();
    for stint in units.stints(person).iter().filter(|stint| !stint.outside) {
        let Some(active) = stint.span.overlap(&entry.active) else { continue };
        let days = calendar.work_days.count(active);
        held.extend(stint.parts.iter().map(|(team, region, weight)| (*team, *region, active, days * weight)));
    }
    // Where sales name their regions themselves, a person's target belongs to none.
    if held.is_empty() || rules.region_by == RegionBy::Actuals {
        let seat = units.seat(person, None, None);
        return vec![(Unit::Seat(seat), entry)];
    }
    let weights: Vec<i64> = held.iter().map(|(.., weight)| *weight).collect();
    let parts = divide(entry.value, &weights, is_rate);
    let seats = held.into_iter().zip(parts).map(|((team, region, active, _), value)| {
        let seat = units.seat(person, team, region);
        (Unit::Seat(seat), Entry { active, value, at: entry.at.clone() })
    });
    seats.collect()
}

/// A sum is divided exactly; a rate holds for every part.
fn divide(value: Tally, weights: &[i64], is_rate: bool) -> Vec<Tally> {
    match value.value() {
        Some(sum) if !is_rate => {
            let parts = sum.split(weights, 2);
            // What could not be read is missing once, however many parts there are.
            let unreadable = |index: usize| if index == 0 { value.n_unreadable } else { 0 };
            let parts = parts.into_iter().enumerate();
            parts.map(|(index, part)| Tally::of(part, value.n_known, unreadable(index))).collect()
        }
        None if !is_rate => (0..weights.len()).map(|index| if index == 0 { value } else { Tally::NOTHING }).collect(),
        _ => vec![value; weights.len()],
    }
}

/// Computes every unit's target for every period, and compares values typed at two levels.
pub fn roll_up(
    typed: Typed,
    units: &Units,
    metrics: &Metrics,
    calendar: &Calendar,
    span: Option<Span>,
    as_of: NaiveDate,
    problems: &mut Vec<Problem>,
) -> Plans {
    let Some(span) = span else { return Plans::default() };
    let span = Span { first: span.first, last: span.last.max(as_of) };
    let mut roll = RollUp {
        finer: typed.finer(calendar),
        typed,
        units,
        calendar,
        as_of,
        plans: Plans::default(),
        children: FxHashMap::default(),
        rates: FxHashMap::default(),
    };
    roll.plans.metrics = roll.typed.entries.keys().map(|(metric, _)| *metric).collect();
    // Members before the units they make up, finer periods before coarser.
    let mut bottom_up: Vec<Unit> = (0..u32::try_from(units.seats().len()).unwrap_or(0)).map(Unit::Seat).collect();
    bottom_up.extend(units.people_ids().map(Unit::Person));
    bottom_up.extend(units.teams());
    bottom_up.extend(units.regions());
    bottom_up.push(Unit::Company);
    bottom_up.extend(units.items());
    bottom_up.extend(units.offerings());
    for unit in &bottom_up {
        roll.children.insert(*unit, units.children(*unit));
    }
    let mut periods = calendar.periods_within(span);
    periods.sort_by_key(|period| (std::cmp::Reverse(period.kind), *period));
    let planned: Vec<usize> = roll.plans.metrics().collect();
    let is_sum = |metric: &usize| !metrics[*metric].formula.is_rate();
    for metric in planned.iter().copied().filter(is_sum) {
        for period in &periods {
            for unit in &bottom_up {
                roll.sum(metric, *unit, *period, metrics[metric].formula == Formula::Last);
            }
        }
        roll.compare(metric, &periods, &metrics[metric], problems);
    }
    for metric in planned.iter().copied().filter(|metric| !is_sum(metric)) {
        let parts = match &metrics[metric].formula {
            Formula::Ratio { numerator, denominator } => metrics.position(numerator).zip(metrics.position(denominator)),
            Formula::Sum | Formula::Last => None,
        };
        let Some(parts) = parts else { continue };
        for period in &periods {
            for unit in &bottom_up {
                roll.rate(metric, parts, *unit, *period);
            }
        }
    }
    roll.plans
}

impl Typed {
    /// Periods inside which a unit has typed values of a finer kind.
    fn finer(&self, calendar: &Calendar) -> FxHashSet<(usize, Unit, Period)> {
        let mut finer = FxHashSet::default();
        for ((metric, unit), periods) in &self.entries {
            for period in periods.keys() {
                let mut parent = calendar.parent(*period);
                while let Some(period) = parent {
                    finer.insert((*metric, *unit, period));
                    parent = calendar.parent(period);
                }
            }
        }
        finer
    }

    fn at(&self, metric: usize, unit: Unit, period: Period) -> Option<&Vec<Entry>> {
        self.entries.get(&(metric, unit))?.get(&period)
    }
}

/// Which answer to "what was the target?" is meant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Answer {
    /// Of the whole period.
    Full,
    /// Of those of its finest planned periods that have begun.
    Begun,
    /// What should have been done by the as-of day.
    Due,
}

impl Planned {
    /// The target that an answer gives; nothing where there is none.
    pub fn of(&self, answer: Answer) -> Option<Amount> {
        match answer {
            Answer::Full => self.full.value(),
            Answer::Begun => self.begun.value(),
            Answer::Due => self.begun.value().and(Some(self.due)),
        }
    }
}

/// What a unit's target for a period comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Basis {
    /// Typed for the unit and period themselves.
    Typed,
    /// The unit's own finer periods.
    Parts(Vec<Period>),
    /// The members' targets for the same period.
    Members(Vec<Unit>),
}

/// A typed cell's part in a target.
#[derive(Clone, Debug, PartialEq)]
pub struct TypedPart {
    pub at: CellRef,
    /// The days that the part is for.
    pub active: Span,
    /// What of the cell falls to the figure; nothing where it could not be read.
    pub amount: Option<Amount>,
}

/// Typed targets beside what they were rolled up to: where a target comes from.
pub struct Origins<'a> {
    typed: &'a Typed,
    finer: FxHashSet<(usize, Unit, Period)>,
    plans: &'a Plans,
    units: &'a Units,
    calendar: &'a Calendar,
    as_of: NaiveDate,
    metrics: &'a Metrics,
}

impl<'a> Origins<'a> {
    pub fn new(
        typed: &'a Typed,
        plans: &'a Plans,
        (units, metrics): (&'a Units, &'a Metrics),
        calendar: &'a Calendar,
        as_of: NaiveDate,
    ) -> Self {
        Origins { typed, finer: typed.finer(calendar), plans, units, calendar, as_of, metrics }
    }

    /// By the rules by which targets are rolled up.
    pub fn basis(&self, metric: usize, unit: Unit, period: Period, answer: Answer) -> Basis {
        let is_typed = self.typed.at(metric, unit, period).is_some();
        let is_finer = self.finer.contains(&(metric, unit, period));
        let has_rates = self.metrics[metric].formula.is_rate();
        if !is_finer || (has_rates && is_typed) {
            return if is_typed { Basis::Typed } else { Basis::Members(self.units.children(unit)) };
        }
        let parts = self.calendar.parts(period);
        let planned = |part: &Period| self.plans.get(metric, unit, *part);
        let months = parts.iter().fold(0, |bits, part| bits | planned(part).months);
        let all = self.calendar.months(period);
        let all = all.iter().fold(0, |bits, month| bits | month_bit(*month, self.calendar));
        let is_over = self.calendar.span(period).last <= self.as_of;
        if is_typed && (months != all || answer == Answer::Full || is_over) {
            return Basis::Typed;
        }
        if self.metrics[metric].formula != Formula::Last {
            return Basis::Parts(parts);
        }
        // Of a level the last one stands for all.
        let has_answer = |part: &&Period| match answer {
            Answer::Full => !planned(part).full.is_nothing(),
            Answer::Begun | Answer::Due => !planned(part).begun.is_nothing(),
        };
        Basis::Parts(parts.iter().rev().find(has_answer).copied().into_iter().collect())
    }

    /// The typed cells that a target is made of, in the order in which they are added up.
    pub fn cells(&self, metric: usize, unit: Unit, period: Period, answer: Answer, found: &mut Vec<TypedPart>) {
        match self.basis(metric, unit, period, answer) {
            Basis::Typed => self.typed_cells(metric, unit, period, answer, found),
            Basis::Parts(parts) => parts.into_iter().for_each(|part| self.cells(metric, unit, part, answer, found)),
            Basis::Members(members) => {
                members.into_iter().for_each(|member| self.cells(metric, member, period, answer, found));
            }
        }
    }

    fn typed_cells(&self, metric: usize, unit: Unit, period: Period, answer: Answer, found: &mut Vec<TypedPart>) {
        if answer != Answer::Full && self.calendar.span(period).first > self.as_of {
            return;
        }
        let is_rate = self.metrics[metric].formula.is_rate();
        for entry in self.typed.at(metric, unit, period).into_iter().flatten() {
            let amount = entry.value.value().and_then(|value| {
                let (passed, all) = self.calendar.elapsed(entry.active, self.as_of);
                match answer {
                    Answer::Due if passed != all && !is_rate => {
                        (value * Amount::whole(passed)).ratio_to(Amount::whole(all))
                    }
                    _ => Some(value),
                }
            });
            found.push(TypedPart { at: entry.at.clone(), active: entry.active, amount });
        }
    }

    /// The cells that are one typed value with the first of them: products, and rows that add to each other.
    pub fn together(&self, unit: Unit, first: &CellRef) -> Vec<CellRef> {
        let beside = self.typed.beside.get(first).filter(|_| !matches!(unit, Unit::Item(_)));
        let firsts = std::iter::once(first).chain(beside.into_iter().flatten());
        let with_added = |first: &CellRef| {
            let added = self.typed.added.get(first).into_iter().flatten().cloned();
            std::iter::once(first.clone()).chain(added).collect::<Vec<_>>()
        };
        firsts.flat_map(with_added).collect()
    }
}

/// A rate with the two sums that weight it. Sums are missing where nothing was planned to weight it by.
#[derive(Clone, Copy, Debug)]
struct Rate {
    value: Option<Amount>,
    sums: Option<(Amount, Amount)>,
    n_unreadable: u32,
    months: u16,
}

struct RollUp<'a> {
    typed: Typed,
    finer: FxHashSet<(usize, Unit, Period)>,
    units: &'a Units,
    calendar: &'a Calendar,
    as_of: NaiveDate,
    plans: Plans,
    children: FxHashMap<Unit, Vec<Unit>>,
    /// Rates over all parts, and over the parts that have begun.
    rates: FxHashMap<(usize, Unit, Period), [Option<Rate>; 2]>,
}

/// A month's bit in its fiscal year.
fn month_bit(month: Period, calendar: &Calendar) -> u16 {
    1 << ((month.index + 12 - calendar.first_month) % 12)
}

impl RollUp<'_> {
    /// The months of a period as bits of the fiscal year.
    fn month_bits(&self, period: Period) -> u16 {
        self.calendar.months(period).iter().fold(0, |bits, month| bits | month_bit(*month, self.calendar))
    }

    fn leaf(&self, entries: &[Entry], period: Period) -> Planned {
        let full: Tally = entries.iter().map(|entry| entry.value).sum();
        let mut planned = Planned { full, months: self.month_bits(period), ..Planned::default() };
        if self.calendar.span(period).first <= self.as_of {
            planned.begun = full;
            for entry in entries {
                let (passed, all) = self.calendar.elapsed(entry.active, self.as_of);
                let value = entry.value.value().unwrap_or(Amount::ZERO);
                let due = if passed == all {
                    Some(value)
                } else {
                    (value * Amount::whole(passed)).ratio_to(Amount::whole(all))
                };
                planned.due += due.unwrap_or(Amount::ZERO);
            }
        }
        planned
    }

    /// Sums over members and over time; of a level, the last of a period's parts stands for it.
    fn sum(&mut self, metric: usize, unit: Unit, period: Period, is_level: bool) {
        let typed = self.typed.at(metric, unit, period).map(|entries| self.leaf(entries, period));
        let planned = if self.finer.contains(&(metric, unit, period)) {
            let mut planned = Planned::default();
            for part in self.calendar.parts(period) {
                let part = self.plans.get(metric, unit, part);
                if is_level {
                    planned.follow(&part);
                } else {
                    planned.add(&part);
                }
            }
            // The whole period's own value counts as the whole; its parts say what is due, if
            // they are all there.
            match typed {
                Some(typed) if planned.months != typed.months => typed,
                Some(typed) => {
                    planned.full = typed.full;
                    if self.calendar.span(period).last <= self.as_of {
                        (planned.begun, planned.due) = (typed.begun, typed.due);
                    }
                    planned
                }
                None => planned,
            }
        } else if let Some(typed) = typed {
            typed
        } else {
            let mut planned = Planned::default();
            for child in &self.children[&unit] {
                planned.add(&self.plans.get(metric, *child, period));
            }
            planned
        };
        if !planned.full.is_nothing() {
            self.plans.table.insert((metric, unit, period), planned);
        }
    }

    /// Values typed for a whole against the sum of its members and of its parts in time.
    fn compare(&self, metric: usize, periods: &[Period], described: &Metric, problems: &mut Vec<Problem>) {
        for ((typed_metric, unit), by_period) in self.typed.entries.iter().filter(|((typed, _), _)| *typed == metric) {
            for (period, entries) in by_period.iter().filter(|(period, _)| periods.contains(period)) {
                let whole: Tally = entries.iter().map(|entry| entry.value).sum();
                let Some(whole) = whole.value() else { continue };
                let members: Vec<Planned> = match unit {
                    Unit::Seat(_) | Unit::Person(_) | Unit::Item(_) => Vec::new(),
                    _ => self.children[unit].iter().map(|child| self.plans.get(metric, *child, *period)).collect(),
                };
                let covered = members.iter().fold(0, |bits, planned| bits | planned.months);
                let members: Tally = members.iter().map(|planned| planned.full).sum();
                // A quarter of somebody's targets says nothing about the year's, unless it is more.
                let is_more = members.value().is_some_and(|sum| sum > whole);
                let members = if covered == self.month_bits(*period) || is_more { members } else { Tally::NOTHING };
                let mut parts = Tally::NOTHING;
                if self.finer.contains(&(*typed_metric, *unit, *period)) {
                    let in_time: Vec<Planned> =
                        self.calendar.parts(*period).iter().map(|part| self.plans.get(metric, *unit, *part)).collect();
                    let covered = in_time.iter().fold(0, |bits, planned| bits | planned.months);
                    if covered == self.month_bits(*period) {
                        parts = in_time.iter().map(|planned| planned.full).sum();
                    }
                }
                for sum in [members.value(), parts.value()].into_iter().flatten().filter(|sum| *sum != whole) {
                    let name = self.units.name(*unit);
                    problems.push(parts_differ(&entries[0].at, described, name, *period, whole, sum));
                }
            }
        }
    }

    fn rate(&mut self, metric: usize, (numerator, denominator): (usize, usize), unit: Unit, period: Period) {
        let has_begun = |period: Period| self.calendar.span(period).first <= self.as_of;
        let rates = if let Some(entries) = self.typed.at(metric, unit, period) {
            let value = entries.iter().find_map(|entry| entry.value.value());
            let n_unreadable = entries.iter().map(|entry| entry.value.n_unreadable).sum();
            let planned = |metric| self.plans.get(metric, unit, period).full.value();
            // The planned denominator, or the one that the planned numerator implies.
            let sums = value.and_then(|rate| match (planned(denominator), planned(numerator)) {
                (Some(below), _) => Some((rate * below, below)),
                (None, Some(above)) => Some((above, above.ratio_to(rate)?)),
                (None, None) => None,
            });
            let rate = Rate { value, sums, n_unreadable, months: self.month_bits(period) };
            [Some(rate), has_begun(period).then_some(rate)]
        } else if self.finer.contains(&(metric, unit, period)) {
            let parts = self.calendar.parts(period);
            let all: Vec<Rate> = parts.iter().filter_map(|part| self.rates.get(&(metric, unit, *part))?[0]).collect();
            let begun: Vec<Rate> = parts.iter().filter_map(|part| self.rates.get(&(metric, unit, *part))?[1]).collect();
            [combine(&all), combine(&begun)]
        } else {
            let children = &self.children[&unit];
            let of = |which: usize| -> Vec<Rate> {
                children.iter().filter_map(|child| self.rates.get(&(metric, *child, period))?[which]).collect()
            };
            [combine(&of(0)), combine(&of(1))]
        };
        let Some(planned) = Planned::of_rates(rates) else { return };
        self.plans.table.insert((metric, unit, period), planned);
        self.rates.insert((metric, unit, period), rates);
    }
}

/// A rate over several: the sum of the planned numerators ÷ the sum of the planned denominators.
fn combine(rates: &[Rate]) -> Option<Rate> {
    let months = rates.iter().fold(0, |bits, rate| bits | rate.months);
    let n_unreadable = rates.iter().map(|rate| rate.n_unreadable).sum();
    match rates {
        [] => None,
        [only] => Some(*only),
        several => {
            let sums = several.iter().map(|rate| rate.sums).collect::<Option<Vec<_>>>();
            let sums = sums.map(|sums| {
                let above: Amount = sums.iter().map(|(above, _)| *above).sum();
                let below: Amount = sums.iter().map(|(_, below)| *below).sum();
                (above, below)
            });
            // The same rate for everyone needs no weights.
            let first = several[0].value;
            let common = first.filter(|_| several.iter().all(|rate| rate.value == first));
            let value = sums.and_then(|(above, below)| above.ratio_to(below)).or(common);
            Some(Rate { value, sums, n_unreadable, months })
        }
    }
}
