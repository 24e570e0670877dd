//! Funnel: stage counts and conversion, the whole first and over time, then every unit.

use crate::analysis::funnel::FunnelStage;
use crate::facts::Unit;
use crate::measure::Ratio;
use crate::problem::stage_word;

use super::{Block, Column, Findings, Item, Line, LineRole, Look, Page, Scenario, Tone};

pub fn build(findings: &Findings<'_>) -> Option<Page> {
    if findings.funnel.is_empty() {
        return None;
    }
    let mut lines = Vec::new();
    // One funnel after another: of the whole in every period, then of every unit in the focus period.
    let is_shown = |stage: &&FunnelStage| {
        findings.shows(stage.unit) && (stage.unit == Unit::Company || Some(stage.period) == findings.focus)
    };
    let shown: Vec<&FunnelStage> = findings.funnel.iter().filter(is_shown).collect();
    let (whole, units): (Vec<&FunnelStage>, Vec<&FunnelStage>) =
        shown.into_iter().partition(|s| s.unit == Unit::Company);
    for stages in [whole, units] {
        for funnel in stages.chunk_by(|a, b| (a.unit, a.period) == (b.unit, b.period)) {
            add_funnel(findings, funnel, &mut lines);
        }
    }
    let word = |key: &str| findings.word(key);
    let columns = vec![
        Column::new(word("head.level")),
        Column::new(word("head.unit")),
        Column::new(word("head.period")),
        Column::new(word("head.stage")),
        Column::new(word("head.reached")).of(Scenario::Actual).with_bars(),
        Column::new(word("head.step_conversion")),
        Column::new(word("head.overall_conversion")),
        Column::new(word("head.note")),
    ];
    let focus: Vec<&FunnelStage> = findings
        .funnel
        .iter()
        .filter(|stage| stage.unit == Unit::Company && Some(stage.period) == findings.focus)
        .collect();
    let overall = focus.last().and_then(|stage| stage.overall_conversion);
    let message = match (weakest(&focus), overall) {
        (Some(weak), Some(overall)) => {
            let name = |stage: usize| stage_word(&findings.facts.stages.stages[stage], findings.lang);
            let percent = |ratio: Ratio| format!("{} %", (ratio * crate::measure::Amount::whole(100)).grouped(1));
            findings.lang.say(
                "message.funnel",
                &[
                    ("overall", &percent(overall)),
                    ("stage", &name(focus[weak].stage)),
                    ("before", &name(focus[weak - 1].stage)),
                    ("step", &percent(focus[weak].step_conversion.unwrap_or_default())),
                ],
            )
        }
        _ => word("report.funnel").to_string(),
    };
    Some(Page {
        key: "funnel",
        number: 5,
        message,
        titles: findings.titles(findings.focus, word("legend.funnel").to_string()),
        blocks: vec![Block::new("", columns, lines)],
        worst: None,
        frozen_columns: 2,
    })
}

/// Position of the step with the lowest conversion; nothing to compare with fewer than two steps.
fn weakest(funnel: &[&FunnelStage]) -> Option<usize> {
    let steps = funnel.iter().enumerate().filter_map(|(index, stage)| Some((index, stage.step_conversion?)));
    let steps: Vec<(usize, Ratio)> = steps.collect();
    if steps.len() < 2 {
        return None;
    }
    steps.into_iter().min_by(|a, b| a.1.cmp(&b.1).then(a.0.cmp(&b.0))).map(|(index, _)| index)
}

fn add_funnel(findings: &Findings<'_>, funnel: &[&FunnelStage], lines: &mut Vec<Line>) {
    let weak = weakest(funnel);
    for (index, stage) in funnel.iter().enumerate() {
        let is_weak = weak == Some(index);
        let exceeds = stage.step_conversion.is_some_and(|ratio| ratio > crate::measure::Amount::ONE);
        let note = match (is_weak, exceeds) {
            (_, true) => findings.word("note.exceeds"),
            (true, false) => findings.word("note.weakest_step"),
            (false, false) => "",
        };
        let tone = if is_weak { Tone::Bad } else { Tone::Plain };
        lines.push(Line {
            role: if index == 0 { LineRole::Subtotal } else { LineRole::Detail },
            depth: 0,
            items: vec![
                Item::text(findings.level_name(stage.unit)),
                Item::text(findings.unit_name(stage.unit)),
                Item::text(findings.period_name(stage.period)),
                Item::text(stage_word(&findings.facts.stages.stages[stage.stage], findings.lang)),
                Item::tally(&stage.reached, Look::Amount(0)),
                Item::toned(stage.step_conversion, Look::Percent, tone),
                Item::number(stage.overall_conversion, Look::Percent),
                Item::text(note),
            ],
        });
    }
}
