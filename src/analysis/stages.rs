//! Stages of deals (§9 of the method): what is open at each, how long deals stay, how they go past it or back.
//!
//! A visit to a stage is finished when the deal came to another stage or was decided. An open visit may still become
//! long: it is counted apart and is in no median. Only visits whose day of entry is known to the day have a length.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use crate::facts::deals::{Deal, Standing};
use crate::facts::{Facts, Unit};
use crate::measure::{Amount, Ratio, Reading, Tally};
use crate::period::Period;

use super::deal_alerts::{Alert, DealAlert};
use super::deals::{Days, WinRates, homes, periods_of};
use super::funnel::stages_of_deals;

/// One stage of one unit.
#[derive(Clone, Debug)]
pub struct StageFigures {
    pub unit: Unit,
    /// Nothing for all periods together: only there is what is open now.
    pub period: Option<Period>,
    /// Position among the stages of deals.
    pub stage: usize,
    /// Position among the stages that occur.
    pub order: usize,
    /// Deals that are open at the stage.
    pub open: u32,
    pub open_value: Option<Amount>,
    pub weighted_value: Option<Amount>,
    /// Open deals with an amount and without any probability: they are in no weighted value.
    pub n_unweighted: u32,
    /// Mean of the probabilities given for its open deals; nothing where none is.
    pub given_probability: Option<Ratio>,
    /// Won ÷ decided of the deals that reached it, of the company; nothing where too few were decided.
    pub measured_probability: Option<Ratio>,
    /// Visits that ended in the period, and how long they were.
    pub finished: u32,
    pub days: Days,
    /// Visits that last.
    pub unfinished: u32,
    /// Open deals that have not moved for too long.
    pub stalled: u32,
    /// Deals that are known to have gone from an earlier stage to a later one without a day in this one.
    pub skipped: u32,
    /// Moves from this stage back to an earlier one.
    pub moved_back: u32,
}

/// The days of a finished visit to a stage, with the day it ended; nothing for the end of one that lasts.
pub struct Stay {
    pub stage: usize,
    pub entered: NaiveDate,
    pub left: Option<NaiveDate>,
}

/// The visits of a deal whose length is known, or that last.
pub fn stays(deal: &Deal) -> Vec<Stay> {
    let ends = deal.visits.iter().skip(1).map(|visit| Some(visit.entered)).chain([None]);
    let mut stays = Vec::new();
    for (visit, next) in deal.visits.iter().zip(ends).filter(|(visit, _)| visit.is_exact) {
        let left = next.or(deal.closed.filter(|_| deal.standing != Standing::Open));
        let lasts = deal.standing == Standing::Open && deal.stage.is_none_or(|stage| stage == visit.stage);
        match left {
            Some(left) if left >= visit.entered => {
                stays.push(Stay { stage: visit.stage, entered: visit.entered, left: Some(left) });
            }
            None if lasts => stays.push(Stay { stage: visit.stage, entered: visit.entered, left: None }),
            // It has left the stage, and nobody says when.
            _ => {}
        }
    }
    stays
}

#[derive(Default)]
struct Sums {
    open: u32,
    open_value: Tally,
    weighted_value: Tally,
    n_unweighted: u32,
    given: Tally,
    days: Vec<i64>,
    unfinished: u32,
    stalled: u32,
    skipped: u32,
    moved_back: u32,
}

/// The figures of every unit and stage, first for all periods together, then for each in which a visit ended.
pub fn compute(facts: &Facts, alerts: &[DealAlert], min_decided: u32) -> Vec<StageFigures> {
    let shown = stages_of_deals(facts);
    let (units, homes) = (facts.units.all(), homes(facts));
    let rates = WinRates::measure(facts, min_decided);
    let mut sums: BTreeMap<Option<Period>, FxHashMap<(Unit, usize), Sums>> = BTreeMap::new();
    for deal in &facts.deals.deals {
        let mut add = |stage: usize, day: Option<NaiveDate>, seat: u32, add: &dyn Fn(&mut Sums)| {
            for period in periods_of(facts, day) {
                let of_period = sums.entry(period).or_default();
                homes[seat as usize].iter().for_each(|unit| add(of_period.entry((*unit, stage)).or_default()));
            }
        };
        if let (Standing::Open, Some(stage)) = (deal.standing, deal.stage) {
            add(stage, None, deal.held_by, &|sums| {
                sums.open += 1;
                sums.given += deal.probability.map_or(Tally::NOTHING, Tally::known);
                if let Reading::Known(amount) = deal.amount {
                    sums.open_value += Tally::known(amount);
                    let weighted = rates.probability(deal).map(|probability| Tally::known(amount * probability));
                    sums.n_unweighted += u32::from(weighted.is_none());
                    sums.weighted_value += weighted.unwrap_or_default();
                }
            });
        }
        for stay in stays(deal) {
            match stay.left {
                Some(left) => {
                    let days = (left - stay.entered).num_days();
                    add(stay.stage, Some(left), seat_on(deal, left), &|sums| sums.days.push(days));
                }
                None => add(stay.stage, None, deal.held_by, &|sums| sums.unfinished += 1),
            }
        }
        for pair in deal.visits.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let seat = seat_on(deal, to.entered);
            if to.stage < from.stage {
                add(from.stage, Some(to.entered), seat, &|sums| sums.moved_back += 1);
            }
            for stage in shown.iter().filter(|stage| from.stage < **stage && **stage < to.stage) {
                add(*stage, Some(to.entered), seat, &|sums| sums.skipped += 1);
            }
        }
    }
    for alert in alerts.iter().filter(|alert| alert.alert == Alert::Stalled) {
        let deal = &facts.deals.deals[alert.deal];
        let of_all = sums.entry(None).or_default();
        for unit in deal.stage.iter().flat_map(|stage| homes[deal.held_by as usize].iter().map(move |u| (*u, *stage))) {
            of_all.entry(unit).or_default().stalled += 1;
        }
    }
    let mut figures = Vec::new();
    for (period, mut of_period) in sums.into_iter().filter(|(period, _)| super::is_reported(facts, *period)) {
        for unit in &units {
            for (order, stage) in shown.iter().enumerate() {
                let Some(sums) = of_period.remove(&(*unit, *stage)) else { continue };
                figures.push(StageFigures {
                    unit: *unit,
                    period,
                    stage: *stage,
                    order,
                    open: sums.open,
                    open_value: sums.open_value.value(),
                    weighted_value: sums.weighted_value.value(),
                    n_unweighted: sums.n_unweighted,
                    given_probability: mean(&sums.given),
                    measured_probability: rates.at(*stage).filter(|_| period.is_none()),
                    finished: u32::try_from(sums.days.len()).unwrap_or(u32::MAX),
                    days: Days::of(sums.days),
                    unfinished: sums.unfinished,
                    stalled: sums.stalled,
                    skipped: sums.skipped,
                    moved_back: sums.moved_back,
                });
            }
        }
    }
    figures
}

fn mean(sum: &Tally) -> Option<Ratio> {
    sum.value()?.ratio_to(Amount::whole(i64::from(sum.n_known)))
}

/// The seat that a deal was with on a day.
fn seat_on(deal: &Deal, day: NaiveDate) -> u32 {
    deal.states.iter().rev().find(|state| state.from <= day).map_or(deal.held_by, |state| state.seat)
}
