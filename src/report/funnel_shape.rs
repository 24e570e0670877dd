//! The funnel as a shape: the stages below each other, each bar in the middle, with the step's conversion beside its name.

use crate::analysis::funnel::{Cohort, FunnelStage};
use crate::facts::Unit;
use crate::measure::Amount;
use crate::period::Period;
use crate::problem::stage_word;

use super::{Block, Chart, ChartKind, Column, Findings, Item, Line, LineRole, Look, Scenario};

/// The company's funnel: its counts in the focus period, else its deals, else those of all periods. Nothing where there
/// are fewer than two stages.
pub fn block(findings: &Findings<'_>) -> Option<Block> {
    let of = |period: Option<Period>, is_counts: bool| -> Vec<&FunnelStage> {
        let is_meant = |stage: &&FunnelStage| {
            stage.unit == Unit::Company && stage.period == period && (stage.cohort == Cohort::Counts) == is_counts
        };
        findings.funnel.iter().filter(is_meant).collect()
    };
    let has_shape =
        |stages: &Vec<&FunnelStage>| stages.iter().filter(|stage| stage.reached.value().is_some()).count() > 1;
    let focus = findings.focus;
    let choices = [(focus, true), (focus, false), (None, false)];
    let (period, stages) =
        choices.into_iter().map(|(period, is_counts)| (period, of(period, is_counts))).find(|(_, s)| has_shape(s))?;
    let widest = stages.iter().filter_map(|stage| stage.reached.value()).max()?;
    let line = |stage: &&FunnelStage| {
        let reached = stage.reached.value();
        let name = stage_word(stage.key(findings.facts), findings.lang);
        let percent = stage.step_conversion.map(|ratio| (ratio * Amount::whole(100)).grouped(1));
        let label = percent.map_or(name.clone(), |percent| format!("{name} ({percent} %)"));
        // Half of what is missing to the widest stands on either side.
        let floor = reached.and_then(|reached| (widest - reached).ratio_to(Amount::whole(2)));
        let items = vec![
            Item::text(label),
            Item::number(reached, Look::Amount(0)),
            Item::number(stage.step_conversion, Look::Percent),
            Item::number(stage.overall_conversion, Look::Percent),
            Item::number(floor, Look::Amount(1)),
        ];
        Line { role: LineRole::Detail, depth: 0, items }
    };
    let lines = stages.iter().map(line).collect();
    let word = |key: &str| findings.word(key);
    let columns = vec![
        Column::new(word("head.stage")),
        Column::new(word("head.reached")).of(Scenario::Actual),
        Column::new(word("head.step_conversion")),
        Column::new(word("head.overall_conversion")),
        Column::new(word("head.floor")),
    ];
    let period = period.map_or_else(|| word("word.all_periods").to_string(), |period| findings.period_words(period));
    let title = findings.lang.say("block.funnel_shape", &[("period", &period)]);
    let chart =
        Chart { title: title.clone(), kind: ChartKind::Funnel, axis_from: None, categories: 0, values: vec![4, 1] };
    Some(Block { chart: Some(chart), ..Block::new(title, columns, lines) })
}
