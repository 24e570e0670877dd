//! Funnel (§9 of the method): from deals, where each deal reached a stage if it is or ever was at it or a later one,
//! and from stage counts. Counts of one period are not a cohort: the deals that left a stage need not be those that
//! entered it, and the report says so.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rustc_hash::FxHashMap;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::facts::deals::{Deal, Standing};
use crate::facts::{Facts, Unit};
use crate::measure::{Amount, Ratio, Tally};
use crate::period::Period;

use super::deals::{homes, periods_of};

/// Which deals one funnel follows.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd)]
#[serde(rename_all = "snake_case")]
pub enum Cohort {
    /// Stage counts of one period: not the same deals from stage to stage.
    #[serde(skip)]
    Counts,
    /// The deals created in the period.
    #[default]
    Created,
    /// The deals that were created, moved, closed or worked on in the period.
    Activity,
}

impl Cohort {
    pub fn key(self) -> &'static str {
        match self {
            Cohort::Counts => "counts",
            Cohort::Created => "created",
            Cohort::Activity => "activity",
        }
    }
}

/// One stage of one unit's funnel.
#[derive(Clone, Debug)]
pub struct FunnelStage {
    pub unit: Unit,
    /// Nothing for deals of all periods together.
    pub period: Option<Period>,
    pub cohort: Cohort,
    /// Position among the stages of the counts, or of the deals.
    pub stage: usize,
    /// Position among the stages that occur.
    pub order: usize,
    pub reached: Tally,
    /// Reached ÷ reached in the stage before; nothing for the first stage.
    pub step_conversion: Option<Ratio>,
    /// The same of a year earlier: of the deals of that cohort as they stand today.
    pub step_conversion_py: Option<Ratio>,
    /// Reached ÷ reached in the first stage.
    pub overall_conversion: Option<Ratio>,
    /// Lost deals of which nothing says at which stage they were: they reached the first one.
    pub lost_without_stage: u32,
}

impl FunnelStage {
    /// The stage's key.
    pub fn key<'a>(&self, facts: &'a Facts) -> &'a str {
        let stages = if self.cohort == Cohort::Counts { &facts.stages.stages } else { &facts.deals.stages };
        &stages[self.stage]
    }
}

/// The funnels of stage counts, then those of deals.
pub fn compute(facts: &Facts, cohort: Cohort) -> Vec<FunnelStage> {
    let mut stages = of_counts(facts);
    stages.extend(of_deals(facts, cohort));
    stages
}

fn of_counts(facts: &Facts) -> Vec<FunnelStage> {
    if facts.stages.is_empty() {
        return Vec::new();
    }
    let mut stages = Vec::new();
    let units = facts.units.all();
    for period in super::periods(facts) {
        for unit in &units {
            let reached = facts.stages.reached(&facts.units, &facts.calendar, *unit, period);
            if reached.iter().all(Tally::is_nothing) {
                continue;
            }
            let before = facts.calendar.year_before(period);
            let before = conversions(&facts.stages.reached(&facts.units, &facts.calendar, *unit, before));
            stages.extend(conversions(&reached).into_iter().enumerate().map(|(stage, (step, overall))| FunnelStage {
                unit: *unit,
                period: Some(period),
                cohort: Cohort::Counts,
                stage,
                order: stage,
                reached: reached[stage],
                step_conversion: step,
                step_conversion_py: before[stage].0,
                overall_conversion: overall,
                lost_without_stage: 0,
            }));
        }
    }
    stages
}

/// Positions of the stages at which some deal is or was, in order. Without any before the last one, the first one
/// is where deals begin.
pub fn stages_of_deals(facts: &Facts) -> Vec<usize> {
    let deals = &facts.deals.deals;
    let known = |deal: &Deal| {
        let furthest = deal.is_stage_known.then_some(deal.furthest);
        deal.visits.iter().map(|visit| visit.stage).chain(deal.stage).chain(furthest).collect::<Vec<_>>()
    };
    let mut stages: BTreeSet<usize> = deals.iter().flat_map(known).collect();
    let last = facts.deals.stages.len().saturating_sub(1);
    if !deals.is_empty() && !stages.iter().any(|stage| *stage < last) {
        stages.insert(0);
    }
    stages.into_iter().collect()
}

/// How many deals of a cohort are furthest at each stage.
#[derive(Default)]
struct Furthest {
    n_deals: Vec<u32>,
    n_lost_without_stage: u32,
}

fn of_deals(facts: &Facts, cohort: Cohort) -> Vec<FunnelStage> {
    let shown = stages_of_deals(facts);
    let (units, homes) = (facts.units.all(), homes(facts));
    let mut cohorts: BTreeMap<Option<Period>, FxHashMap<Unit, Furthest>> = BTreeMap::new();
    for deal in &facts.deals.deals {
        // A stage that is not known is the first one.
        let order = shown.iter().rposition(|stage| *stage <= deal.furthest).unwrap_or(0);
        let is_lost_somewhere = deal.standing == Standing::Lost && !deal.is_stage_known;
        let periods: BTreeSet<Option<Period>> =
            days(deal, cohort).flat_map(|day| periods_of(facts, Some(day))).chain([None]).collect();
        for period in periods {
            let by_unit = cohorts.entry(period).or_default();
            for unit in &homes[deal.opened_by as usize] {
                let furthest = by_unit.entry(*unit).or_default();
                furthest.n_deals.resize(shown.len(), 0);
                furthest.n_deals[order] += 1;
                furthest.n_lost_without_stage += u32::from(is_lost_somewhere);
            }
        }
    }
    let reached = |furthest: &Furthest| -> Vec<Tally> {
        let from = |order: usize| furthest.n_deals[order..].iter().map(|n| i64::from(*n)).sum();
        (0..shown.len()).map(|order| Tally::known(Amount::whole(from(order)))).collect()
    };
    let mut stages = Vec::new();
    for (period, by_unit) in &cohorts {
        let period = *period;
        if !super::is_reported(facts, period) {
            continue;
        }
        let before = period.and_then(|period| cohorts.get(&Some(facts.calendar.year_before(period))));
        for unit in &units {
            let Some(furthest) = by_unit.get(unit) else { continue };
            let reached_before = before.and_then(|before| before.get(unit)).map(&reached);
            let before = reached_before.map(|reached| conversions(&reached));
            let reached = reached(furthest);
            stages.extend(conversions(&reached).into_iter().enumerate().map(|(order, (step, overall))| FunnelStage {
                unit: *unit,
                period,
                cohort,
                stage: shown[order],
                order,
                reached: reached[order],
                step_conversion: step,
                step_conversion_py: before.as_ref().and_then(|before| before[order].0),
                overall_conversion: overall,
                lost_without_stage: if order == 0 { furthest.n_lost_without_stage } else { 0 },
            }));
        }
    }
    stages
}

/// The days that put a deal into cohorts.
fn days(deal: &Deal, cohort: Cohort) -> impl Iterator<Item = NaiveDate> + '_ {
    let of_activity = deal.visits.iter().map(|visit| visit.entered).chain(deal.closed).chain(deal.last_activity);
    deal.created.into_iter().chain(of_activity.filter(move |_| cohort == Cohort::Activity))
}

/// Step and overall conversion for each stage.
pub fn conversions(reached: &[Tally]) -> Vec<(Option<Ratio>, Option<Ratio>)> {
    let of = |stage: usize, base: usize| reached[stage].value()?.ratio_to(reached[base].value()?);
    let stages = 0..reached.len();
    stages.map(|stage| (if stage == 0 { None } else { of(stage, stage - 1) }, of(stage, 0))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Case C20: 12 → 10 → 9 is 83.3 % at the first step and 75.0 % over all.
    #[test]
    fn c20_step_and_overall_conversion() {
        let reached: Vec<Tally> = [12, 10, 9].into_iter().map(|count| Tally::known(Amount::whole(count))).collect();
        let shown: Vec<(Option<String>, Option<String>)> = conversions(&reached)
            .into_iter()
            .map(|(step, overall)| {
                (step.map(|ratio| ratio.rounded(3).plain()), overall.map(|ratio| ratio.rounded(3).plain()))
            })
            .collect();
        let text = |text: &str| Some(text.to_string());
        assert_eq!(shown, [(None, text("1")), (text("0.833"), text("0.833")), (text("0.9"), text("0.75"))]);
    }

    #[test]
    fn an_empty_first_stage_has_no_conversion() {
        let reached = [Tally::known(Amount::ZERO), Tally::known(Amount::whole(3)), Tally::NOTHING];
        assert_eq!(conversions(&reached), [(None, None), (None, None), (None, None)]);
    }
}
