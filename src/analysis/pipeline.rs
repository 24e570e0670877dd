//! Bridge of the open pipeline (§9 of the method): opening + new + pulled in + increased − won − lost − pushed out −
//! decreased = closing, exactly, in deals and in money.
//!
//! A deal moves when its dates or a later row say so: between two exports, or on its day of creation and close. All
//! open deals are one pipeline: what is pulled in was reopened, handed over by another unit or came into view, and
//! what is pushed out was handed over or left undecided. With several exports there is a second one, of the deals
//! expected to close by the end of the period: there deals are also pulled in and pushed out by their expected close.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use crate::facts::deals::{Deal, Standing, State};
use crate::facts::{Facts, Unit};
use crate::measure::{Amount, Reading};
use crate::period::{Kind, Period, Span};

use super::deals::homes;

/// Which open deals a bridge is of.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Pipeline {
    /// All of them.
    Open,
    /// Those expected to close by the end of the period.
    Due,
}

impl Pipeline {
    pub fn key(self) -> &'static str {
        match self {
            Pipeline::Open => "open",
            Pipeline::Due => "due",
        }
    }
}

/// What a bridge leads from and to.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Between {
    Period(Period),
    /// Two exports: after the first day, up to the second.
    Exports(NaiveDate, NaiveDate),
}

impl std::fmt::Display for Between {
    /// A period as elsewhere; two days as ISO 8601 has an interval.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Between::Period(period) => period.fmt(out),
            Between::Exports(first, last) => write!(out, "{first}/{last}"),
        }
    }
}

/// Deals and their amounts; an amount that is not known adds nothing.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Sum {
    pub deals: i64,
    /// Those whose amount is known.
    pub n_valued: i64,
    pub value: Amount,
}

impl Sum {
    /// Σ amounts; nothing where there are deals and no amount is known.
    pub fn known_value(&self) -> Option<Amount> {
        (self.deals == 0 || self.n_valued > 0).then_some(self.value)
    }

    fn add(&mut self, amount: Option<Amount>) {
        self.deals += 1;
        self.n_valued += i64::from(amount.is_some());
        self.value += amount.unwrap_or(Amount::ZERO);
    }
}

/// One bridge of one unit.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Bridge {
    pub opening: Sum,
    pub new: Sum,
    pub pulled_in: Sum,
    /// Of deals that stayed open; counted in money only.
    pub increased: Amount,
    pub won: Sum,
    pub lost: Sum,
    pub pushed_out: Sum,
    pub decreased: Amount,
    pub closing: Sum,
}

impl Bridge {
    /// What is missing between opening and closing, in deals and in money: zero, always.
    pub fn gap(&self) -> (i64, Amount) {
        let into = [self.opening, self.new, self.pulled_in];
        let out_of = [self.won, self.lost, self.pushed_out, self.closing];
        let deals = |sums: &[Sum]| sums.iter().map(|sum| sum.deals).sum::<i64>();
        let value = |sums: &[Sum]| sums.iter().map(|sum| sum.value).sum::<Amount>();
        (deals(&into) - deals(&out_of), value(&into) + self.increased - self.decreased - value(&out_of))
    }

    fn change(&mut self, from: Option<Amount>, to: Option<Amount>) {
        let change = to.unwrap_or(Amount::ZERO) - from.unwrap_or(Amount::ZERO);
        if change.is_negative() {
            self.decreased += -change;
        } else {
            self.increased += change;
        }
    }
}

/// The bridge of a unit and a period.
#[derive(Clone, Debug)]
pub struct PipelineFigures {
    pub unit: Unit,
    pub between: Between,
    pub pipeline: Pipeline,
    pub bridge: Bridge,
    /// Open deals whose dates do not say since when: they are in no bridge.
    pub undated: Sum,
}

/// The bridges of all periods that have begun since the first deal, and between each two exports.
pub fn compute(facts: &Facts) -> Vec<PipelineFigures> {
    let deals = &facts.deals.deals;
    let Some(first) = deals.iter().filter_map(|deal| deal.states.first()).map(|state| state.from).min() else {
        return Vec::new();
    };
    let (units, homes) = (facts.units.all(), homes(facts));
    let windows = windows(facts, first);
    let pipelines: &[Pipeline] =
        if facts.deals.exports.len() > 1 { &[Pipeline::Open, Pipeline::Due] } else { &[Pipeline::Open] };
    let mut undated: FxHashMap<Unit, Sum> = FxHashMap::default();
    for deal in deals.iter().filter(|deal| deal.states.is_empty() && deal.standing == Standing::Open) {
        let amount = if let Reading::Known(amount) = deal.amount { Some(amount) } else { None };
        homes[deal.held_by as usize].iter().for_each(|unit| undated.entry(*unit).or_default().add(amount));
    }
    let mut bridges: BTreeMap<(Between, Pipeline), FxHashMap<Unit, Bridge>> = BTreeMap::new();
    for deal in deals {
        let Some(life) = life(deal) else { continue };
        let mut own: Vec<Unit> =
            deal.states.iter().flat_map(|state| homes[state.seat as usize].iter().copied()).collect();
        own.sort_unstable();
        own.dedup();
        for (between, span) in windows.iter().filter(|(_, span)| life.first <= span.last && span.first <= life.last) {
            for pipeline in pipelines {
                let by_unit = bridges.entry((*between, *pipeline)).or_default();
                for unit in &own {
                    let is_with = |seat: u32| homes[seat as usize].contains(unit);
                    walk(deal, *span, *pipeline, &is_with, by_unit.entry(*unit).or_default());
                }
            }
        }
    }
    let mut figures = Vec::new();
    for ((between, pipeline), by_unit) in bridges {
        for unit in &units {
            let Some(bridge) = by_unit.get(unit).filter(|bridge| **bridge != Bridge::default()) else { continue };
            let undated = undated.get(unit).copied().unwrap_or_default();
            figures.push(PipelineFigures { unit: *unit, between, pipeline, bridge: *bridge, undated });
        }
    }
    figures
}

/// The days of each bridge.
pub(super) fn windows(facts: &Facts, first: NaiveDate) -> Vec<(Between, Span)> {
    let last = facts.scope.as_of;
    if last < first {
        return Vec::new();
    }
    let periods = facts.calendar.periods_within(Span { first, last });
    let periods = periods.into_iter().filter(|period| matches!(period.kind, Kind::Year | Kind::Quarter | Kind::Month));
    let wanted = periods.filter(|period| super::is_wanted(facts, *period)).map(|period| {
        let days = facts.calendar.span(period);
        (Between::Period(period), Span { first: days.first, last: days.last.min(last) })
    });
    let exports = facts.deals.exports.windows(2).filter(|_| facts.scope.period.is_none()).filter_map(|pair| {
        Some((Between::Exports(pair[0], pair[1]), Span { first: pair[0].succ_opt()?, last: pair[1] }))
    });
    wanted.chain(exports).collect()
}

/// The days on which a deal is in or moves in the pipeline.
pub(super) fn life(deal: &Deal) -> Option<Span> {
    let (first, last) = (deal.states.first()?, deal.states.last()?);
    let last = if last.standing == Standing::Open { NaiveDate::MAX } else { last.from };
    Some(Span { first: first.from, last })
}

/// Adds what one deal does to a bridge: where it stood the day before, each of its moves, and where it stands at
/// the end.
fn walk(deal: &Deal, span: Span, pipeline: Pipeline, is_with: &dyn Fn(u32) -> bool, bridge: &mut Bridge) {
    let is_due = |state: &State| pipeline == Pipeline::Open || state.expected_close.is_some_and(|day| day <= span.last);
    let is_in = |state: &State| state.standing == Standing::Open && is_with(state.seat) && is_due(state);
    let mut before: Option<&State> = deal.states.iter().rev().find(|state| state.from < span.first);
    if let Some(state) = before.filter(|state| is_in(state)) {
        bridge.opening.add(state.amount);
    }
    let first = deal.states.first();
    for state in deal.states.iter().filter(|state| span.contains(state.from)) {
        let is_first = first.is_some_and(|first| std::ptr::eq(first, state));
        let was_in = before.is_some_and(is_in);
        let is_decided_here = matches!(state.standing, Standing::Won | Standing::Lost) && is_with(state.seat);
        let was_open = before.is_some_and(|before| before.standing == Standing::Open);
        match (was_in, is_in(state)) {
            (false, true) if is_first && deal.is_new_at_first => bridge.new.add(state.amount),
            (false, true) => bridge.pulled_in.add(state.amount),
            // Whoever closes a deal had it: taken over, or earlier than it was expected.
            (false, false) if was_open && is_decided_here => bridge.pulled_in.add(state.amount),
            (true, _) => bridge.change(before.and_then(|before| before.amount), state.amount),
            (false, false) => {}
        }
        let leaves = was_in && !is_in(state) || !was_in && was_open && is_decided_here;
        match state.standing {
            Standing::Won if leaves && is_decided_here => bridge.won.add(state.amount),
            Standing::Lost if leaves && is_decided_here => bridge.lost.add(state.amount),
            _ if leaves => bridge.pushed_out.add(state.amount),
            _ => {}
        }
        before = Some(state);
    }
    let at_end = deal.states.iter().rev().find(|state| state.from <= span.last);
    if let Some(state) = at_end.filter(|state| is_in(state)) {
        bridge.closing.add(state.amount);
    }
}
