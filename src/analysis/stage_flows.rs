//! Flows between the stages of deals (§9 of the method): opening + entered − advanced − moved back − lost − left
//! otherwise = closing, exactly, for every stage, unit and period.
//!
//! A deal moves on the days that are known: of its stages, its creation and close, and its owner's moves. What is handed
//! over to another unit has left otherwise where it was, and has entered where it came to, just as the bridge of the
//! pipeline has it; whoever closes a deal had it. A deal whose dates do not say when it came to its stages is in the
//! line of deals without a stage, so that the lines of a unit together are its pipeline.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use crate::facts::deals::{Deal, Standing};
use crate::facts::{Facts, Unit};
use crate::period::{Period, Span};

use super::deals::homes;
use super::funnel::stages_of_deals;
use super::pipeline::{Between, life, windows};

/// Deals that came to a stage and left it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct StageFlow {
    /// Open at the stage the day before the period begins.
    pub opening: u32,
    /// Came to the stage, from wherever: newly opened, from another stage, reopened, or from another unit.
    pub entered: u32,
    /// Left for a later stage, or won.
    pub advanced: u32,
    /// Left for an earlier stage.
    pub moved_back: u32,
    pub lost: u32,
    /// Handed over to another unit, or closed without a word of how.
    pub left_otherwise: u32,
    /// Open at the stage on the period's last day, or on the as-of day.
    pub closing: u32,
}

impl StageFlow {
    /// What is missing between opening and closing: zero, always.
    pub fn gap(&self) -> i64 {
        let out_of = [self.advanced, self.moved_back, self.lost, self.left_otherwise, self.closing];
        i64::from(self.opening) + i64::from(self.entered) - out_of.into_iter().map(i64::from).sum::<i64>()
    }
}

/// The flow of one stage of a unit in a period.
#[derive(Clone, Debug)]
pub struct StageFlowFigures {
    pub unit: Unit,
    pub period: Period,
    /// Position among the stages of deals; nothing for deals whose dates do not say at which stage they are.
    pub stage: Option<usize>,
    /// Position among the stages that occur.
    pub order: usize,
    pub flow: StageFlow,
    /// Deals that are open at the stage on the as-of day and not in its flow: nothing says since when.
    pub undated: u32,
}

/// The flows of every unit that has any, in all periods that have begun since the first deal.
pub fn compute(facts: &Facts) -> Vec<StageFlowFigures> {
    let deals = &facts.deals.deals;
    let Some(first) = deals.iter().filter_map(|deal| deal.states.first()).map(|state| state.from).min() else {
        return Vec::new();
    };
    let won = facts.deals.stages.iter().position(|stage| stage == "won");
    // Whatever has no stage comes last.
    let stages: Vec<Option<usize>> =
        stages_of_deals(facts).into_iter().filter(|stage| Some(*stage) != won).map(Some).chain([None]).collect();
    let (units, homes) = (facts.units.all(), homes(facts));
    let periods: Vec<(Period, Span)> = windows(facts, first)
        .into_iter()
        .filter_map(|(between, span)| if let Between::Period(period) = between { Some((period, span)) } else { None })
        .collect();
    let undated = undated(deals, won, &homes);
    let mut flows: BTreeMap<Period, FxHashMap<Unit, Vec<StageFlow>>> = BTreeMap::new();
    for deal in deals {
        let Some(life) = life(deal) else { continue };
        let moves = moves(deal, won);
        let mut own: Vec<Unit> =
            moves.iter().flat_map(|step| step.to.seat()).flat_map(|seat| homes[seat].clone()).collect();
        own.sort_unstable();
        own.dedup();
        for (period, span) in periods.iter().filter(|(_, span)| life.first <= span.last && span.first <= life.last) {
            let by_unit = flows.entry(*period).or_default();
            for unit in &own {
                let at = |place: Place| match place {
                    Place::Open { stage, seat } if homes[seat].contains(unit) => {
                        stages.iter().position(|shown| *shown == stage)
                    }
                    _ => None,
                };
                let of_unit = by_unit.entry(*unit).or_insert_with(|| vec![StageFlow::default(); stages.len()]);
                walk(&moves, *span, &at, of_unit);
            }
        }
    }
    let mut figures = Vec::new();
    for (period, by_unit) in flows {
        for unit in &units {
            let Some(of_unit) =
                by_unit.get(unit).filter(|flows| flows.iter().any(|flow| *flow != StageFlow::default()))
            else {
                continue;
            };
            for (order, (stage, flow)) in stages.iter().zip(of_unit).enumerate() {
                let undated = undated.get(&(*unit, *stage)).copied().unwrap_or(0);
                if stage.is_some() || *flow != StageFlow::default() || undated > 0 {
                    figures.push(StageFlowFigures { unit: *unit, period, stage: *stage, order, flow: *flow, undated });
                }
            }
        }
    }
    figures
}

/// Where a deal is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Place {
    /// Not opened yet, or closed without a word of how.
    Nowhere,
    Open {
        stage: Option<usize>,
        seat: usize,
    },
    Won,
    Lost,
}

impl Place {
    fn seat(self) -> Option<usize> {
        if let Place::Open { seat, .. } = self { Some(seat) } else { None }
    }
}

/// A deal changed its stage, its seat or its standing: one of them at a time.
#[derive(Clone, Copy, Debug)]
struct Move {
    day: NaiveDate,
    from: Place,
    to: Place,
}

/// Whether a deal's dates say at which stages it was. If it is at another stage than the last one with a day, it has
/// left that one on a day that nobody knows.
fn is_dated(deal: &Deal) -> bool {
    let last = deal.visits.last().filter(|_| deal.visits.iter().all(|visit| visit.is_exact));
    last.is_some_and(|last| deal.standing != Standing::Open || deal.stage.is_none_or(|stage| stage == last.stage))
}

/// The moves of a deal in order. On a day on which it moves to a stage and is decided, it moves first; on one on which
/// it is handed over, that comes first.
fn moves(deal: &Deal, won: Option<usize>) -> Vec<Move> {
    let is_dated = is_dated(deal);
    let visits = deal.visits.iter().filter(|visit| is_dated && Some(visit.stage) != won);
    let mut visits = visits.map(|visit| (visit.entered, visit.stage)).peekable();
    let mut moves: Vec<Move> = Vec::new();
    let mut place = Place::Nowhere;
    let mut last_stage = None;
    let mut step = |place: &mut Place, day: NaiveDate, to: Place| {
        if to != *place {
            moves.push(Move { day, from: *place, to });
            *place = to;
        }
    };
    for state in &deal.states {
        let is_open = state.standing == Standing::Open;
        let comes_first = |entered: NaiveDate| entered < state.from || !is_open && entered == state.from;
        while let Some((day, stage)) = visits.next_if(|(entered, _)| comes_first(*entered)) {
            last_stage = Some(stage);
            if let Place::Open { seat, .. } = place {
                step(&mut place, day, Place::Open { stage: last_stage, seat });
            }
        }
        let seat = state.seat as usize;
        match (place, state.standing) {
            (_, Standing::Open) => {
                if place.seat().is_none()
                    && let Some((_, stage)) = visits.next_if(|(entered, _)| *entered == state.from)
                {
                    last_stage = Some(stage);
                }
                step(&mut place, state.from, Place::Open { stage: last_stage, seat });
            }
            (Place::Open { stage, .. }, Standing::Won | Standing::Lost) => {
                step(&mut place, state.from, Place::Open { stage, seat });
                let end = if state.standing == Standing::Won { Place::Won } else { Place::Lost };
                step(&mut place, state.from, end);
            }
            (Place::Open { .. }, Standing::Undecided) => step(&mut place, state.from, Place::Nowhere),
            // Decided otherwise later: it had left its stage before.
            _ => {}
        }
    }
    for (day, stage) in visits {
        if let Place::Open { seat, .. } = place {
            step(&mut place, day, Place::Open { stage: Some(stage), seat });
        }
    }
    moves
}

/// Adds what one deal does in a span of days: where it stood before, each of its moves, and where it stands at the end.
/// `at` is the line of a place, if the unit has it.
fn walk(moves: &[Move], span: Span, at: &dyn Fn(Place) -> Option<usize>, flows: &mut [StageFlow]) {
    let place_on =
        |is_past: &dyn Fn(NaiveDate) -> bool| moves.iter().rev().find(|step| is_past(step.day)).map(|step| step.to);
    if let Some(line) = place_on(&|day| day < span.first).and_then(at) {
        flows[line].opening += 1;
    }
    for step in moves.iter().filter(|step| span.contains(step.day)) {
        let (from, to) = (at(step.from), at(step.to));
        if from == to {
            continue;
        }
        if let Some(line) = to {
            flows[line].entered += 1;
        }
        let Some(flow) = from.map(|line| &mut flows[line]) else { continue };
        let out = match (step.from, step.to) {
            (_, Place::Won) => &mut flow.advanced,
            (_, Place::Lost) => &mut flow.lost,
            (Place::Open { stage: before, .. }, Place::Open { stage: after, .. }) if after > before => {
                &mut flow.advanced
            }
            (Place::Open { stage: before, .. }, Place::Open { stage: after, .. }) if after < before => {
                &mut flow.moved_back
            }
            _ => &mut flow.left_otherwise,
        };
        *out += 1;
    }
    if let Some(line) = place_on(&|day| day <= span.last).and_then(at) {
        flows[line].closing += 1;
    }
}

/// Open deals of which nothing says since when they are at their stage.
fn undated(deals: &[Deal], won: Option<usize>, homes: &[Vec<Unit>]) -> FxHashMap<(Unit, Option<usize>), u32> {
    let mut undated = FxHashMap::default();
    for deal in deals.iter().filter(|deal| deal.standing == Standing::Open) {
        let stage = deal.stage.filter(|stage| Some(*stage) != won);
        let in_flow = moves(deal, won).last().map(|step| step.to);
        if !matches!(in_flow, Some(Place::Open { stage: at, .. }) if at == stage) {
            for unit in &homes[deal.held_by as usize] {
                *undated.entry((*unit, stage)).or_default() += 1;
            }
        }
    }
    undated
}
