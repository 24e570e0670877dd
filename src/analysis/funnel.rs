//! Funnel from stage counts (§9 of the method). Counts of one period are not a cohort: the
//! deals that left a stage need not be those that entered it, and the report says so.

use crate::facts::{Facts, Unit};
use crate::measure::{Ratio, Tally};
use crate::period::Period;

/// One stage of one unit's funnel.
#[derive(Clone, Debug)]
pub struct FunnelStage {
    pub unit: Unit,
    pub period: Period,
    /// Position among the stages that occur.
    pub stage: usize,
    pub reached: Tally,
    /// Reached ÷ reached in the stage before; nothing for the first stage.
    pub step_conversion: Option<Ratio>,
    /// Reached ÷ reached in the first stage.
    pub overall_conversion: Option<Ratio>,
}

pub fn compute(facts: &Facts) -> Vec<FunnelStage> {
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
            stages.extend(conversions(&reached).into_iter().enumerate().map(|(stage, (step, overall))| FunnelStage {
                unit: *unit,
                period,
                stage,
                reached: reached[stage],
                step_conversion: step,
                overall_conversion: overall,
            }));
        }
    }
    stages
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
    use crate::measure::Amount;

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
