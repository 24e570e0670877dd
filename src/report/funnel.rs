//! Funnel: stage counts and conversion, the stages of deals, coverage, the bridge of the pipeline, and what made a
//! shortfall; the whole first and over time, then every unit.

use std::collections::HashMap;

use crate::analysis::deals::DealFigures;
use crate::analysis::deviations::THIN_COVERAGE;
use crate::analysis::funnel::{Cohort, FunnelStage};
use crate::analysis::pipeline::{Bridge, Pipeline, PipelineFigures, Sum};
use crate::analysis::shortfall::{Attribution, Factor, Part, Quantity, Shortfall};
use crate::analysis::stage_flows::StageFlowFigures;
use crate::analysis::stages::StageFigures;
use crate::facts::Unit;
use crate::measure::{Amount, Ratio};
use crate::metric::Unit as MetricUnit;
use crate::period::Period;
use crate::problem::stage_word;

use super::{Block, Column, Figure, Findings, Formula, Item, Line, LineRole, Look, Page, Scenario, Tone, points};

pub fn build(findings: &Findings<'_>) -> Option<Page> {
    let blocks: Vec<Block> = [
        super::funnel_shape::block,
        counts_block,
        deals_block,
        flows_block,
        coverage_block,
        pipeline_block,
        shortfall_block,
    ]
    .iter()
    .filter_map(|block| block(findings))
    .collect();
    if blocks.is_empty() {
        return None;
    }
    Some(Page {
        key: "funnel",
        number: 5,
        message: message(findings),
        titles: findings.titles(findings.focus, legend(findings)),
        blocks,
        worst: None,
        frozen_columns: 2,
    })
}

/// How conversion is meant, of counts and of deals, and how differences are split.
fn legend(findings: &Findings<'_>) -> String {
    let has = |counts: bool| findings.funnel.iter().any(|stage| (stage.cohort == Cohort::Counts) == counts);
    let of_deals = match findings.deal_rules.cohort {
        Cohort::Activity => "legend.funnel_activity",
        Cohort::Counts | Cohort::Created => "legend.funnel_deals",
    };
    let of_shortfalls = match findings.deal_rules.attribution {
        Attribution::Shapley => "legend.shapley",
        Attribution::Lmdi => "legend.lmdi",
    };
    let said = [("legend.funnel", has(true)), (of_deals, has(false)), (of_shortfalls, !findings.shortfalls.is_empty())];
    let said: Vec<&str> = said.into_iter().filter(|(_, is_said)| *is_said).map(|(key, _)| findings.word(key)).collect();
    said.join(" · ")
}

/// The weakest step of the whole: of the counts in the focus period, else of its deals, else of all deals. Without
/// any funnel, what made the first difference.
fn message(findings: &Findings<'_>) -> String {
    let of = |period: Option<Period>, is_counts: bool| -> Vec<&FunnelStage> {
        let is_meant = |stage: &&FunnelStage| {
            stage.unit == Unit::Company && stage.period == period && (stage.cohort == Cohort::Counts) == is_counts
        };
        findings.funnel.iter().filter(is_meant).collect()
    };
    let funnels = [of(findings.focus, true), of(findings.focus, false), of(None, false)];
    let said = funnels.iter().find_map(|funnel| {
        let (weak, overall) = (weakest(funnel)?, funnel.last()?.overall_conversion?);
        let name = |stage: &FunnelStage| stage_word(stage.key(findings.facts), findings.lang);
        Some(findings.lang.say(
            "message.funnel",
            &[
                ("overall", &percent(overall)),
                ("stage", &name(funnel[weak])),
                ("before", &name(funnel[weak - 1])),
                ("step", &percent(funnel[weak].step_conversion.unwrap_or_default())),
            ],
        ))
    });
    let said = said.or_else(|| shown_shortfalls(findings).first().map(|shortfall| sentence(findings, shortfall)));
    said.unwrap_or_else(|| findings.word("report.funnel").to_string())
}

fn percent(ratio: Ratio) -> String {
    format!("{} %", (ratio * Amount::whole(100)).grouped(1))
}

/// Stage counts: of the whole in every period, then of every unit in the focus period.
fn counts_block(findings: &Findings<'_>) -> Option<Block> {
    let of_counts = || findings.funnel.iter().filter(|stage| stage.cohort == Cohort::Counts);
    let is_shown = |stage: &&FunnelStage| stage.unit == Unit::Company || stage.period == findings.focus;
    let (whole, units): (Vec<&FunnelStage>, Vec<&FunnelStage>) =
        of_counts().filter(is_shown).partition(|stage| stage.unit == Unit::Company);
    let shown: Vec<&FunnelStage> = whole.into_iter().chain(units).collect();
    let before = year_before_columns(findings, &shown);
    let mut lines = Vec::new();
    for funnel in shown.chunk_by(|a, b| (a.unit, a.period) == (b.unit, b.period)) {
        add_funnel(findings, funnel, !before.is_empty(), &mut lines);
    }
    if lines.is_empty() {
        return None;
    }
    let word = |key: &str| findings.word(key);
    let mut columns = vec![
        Column::new(word("head.level")),
        Column::new(word("head.unit")),
        Column::new(word("head.period")),
        Column::new(word("head.stage")),
        Column::new(word("head.reached")).of(Scenario::Actual).with_bars(),
        Column::new(word("head.step_conversion")),
    ];
    columns.extend(before);
    columns.extend([Column::new(word("head.overall_conversion")), Column::new(word("head.note"))]);
    Some(Block::new("", columns, lines))
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

fn add_funnel(findings: &Findings<'_>, funnel: &[&FunnelStage], has_before: bool, lines: &mut Vec<Line>) {
    let weak = weakest(funnel);
    for (index, stage) in funnel.iter().enumerate() {
        let is_weak = weak == Some(index);
        let exceeds = stage.step_conversion.is_some_and(|ratio| ratio > Amount::ONE);
        let note = match (is_weak, exceeds) {
            (_, true) => findings.word("note.exceeds"),
            (true, false) => findings.word("note.weakest_step"),
            (false, false) => "",
        };
        let tone = if is_weak { Tone::Bad } else { Tone::Plain };
        let mut items = unit_items(findings, stage.unit);
        items.extend([
            Item::text(period_name(findings, stage.period)),
            Item::text(stage_word(stage.key(findings.facts), findings.lang)),
            Item::tally(&stage.reached, Look::Amount(0)),
            Item::toned(stage.step_conversion, Look::Percent, tone),
        ]);
        let now = items.len() - 1;
        items.extend(has_before.then(|| year_before_items(stage, now)).into_iter().flatten());
        items.extend([Item::number(stage.overall_conversion, Look::Percent), Item::text(note)]);
        lines.push(Line { role: role(index), depth: 0, items });
    }
}

/// Columns of the conversion a year earlier; none where no line that is shown has any.
fn year_before_columns(findings: &Findings<'_>, shown: &[&FunnelStage]) -> Vec<Column> {
    if shown.iter().all(|stage| stage.step_conversion_py.is_none()) {
        return Vec::new();
    }
    vec![
        Column::new(findings.word("head.step_conversion_py")).of(Scenario::PriorYear),
        Column::new(findings.word("head.delta_step_conversion")),
    ]
}

/// The conversion a year earlier, and the difference in points; that of now stands in the column before.
fn year_before_items(stage: &FunnelStage, now: usize) -> [Item; 2] {
    let change = stage.step_conversion.zip(stage.step_conversion_py).map(|(now, before)| now - before);
    [
        Item::number(stage.step_conversion_py, Look::Percent),
        Item::number(points(change), Look::Points).by(Some(Formula::PointsBetween(now, now + 1))),
    ]
}

/// The first line of a group stands out.
fn role(index: usize) -> LineRole {
    if index == 0 { LineRole::Subtotal } else { LineRole::Detail }
}

fn unit_items(findings: &Findings<'_>, unit: Unit) -> Vec<Item> {
    vec![Item::text(findings.level_name(unit)), Item::text(findings.unit_name(unit))]
}

/// A period as people call it, or that it is all of them.
fn period_name(findings: &Findings<'_>, period: Option<Period>) -> String {
    period.map_or_else(|| findings.word("word.all_periods").to_string(), |period| findings.period_name(period))
}

fn number(n: u32) -> Item {
    Item::number(Some(Amount::whole(i64::from(n))).filter(|n| !n.is_zero()), Look::Amount(0))
}

/// The stages of deals: of the whole over all and in the focus period, then of every unit.
fn deals_block(findings: &Findings<'_>) -> Option<Block> {
    let asked = findings.facts.scope.period;
    let of_deals = || findings.funnel.iter().filter(|stage| stage.cohort != Cohort::Counts);
    let is_shown =
        |stage: &&FunnelStage| stage.period == asked || stage.unit == Unit::Company && stage.period == findings.focus;
    let mut shown: Vec<&FunnelStage> = of_deals().filter(is_shown).collect();
    shown.sort_by_key(|stage| (stage.unit != Unit::Company, stage.period != asked));
    let figures: HashMap<(Unit, Option<Period>, usize), &StageFigures> =
        findings.stages.iter().map(|figures| ((figures.unit, figures.period, figures.stage), figures)).collect();
    let before = year_before_columns(findings, &shown);
    let is_given = shown.iter().any(|stage| {
        let figures = figures.get(&(stage.unit, stage.period, stage.stage));
        figures.is_some_and(|figures| figures.given_probability.is_some())
    });
    let extras = (!before.is_empty(), is_given);
    let mut lines = Vec::new();
    for funnel in shown.chunk_by(|a, b| (a.unit, a.period) == (b.unit, b.period)) {
        let weak = weakest(funnel);
        for (index, stage) in funnel.iter().enumerate() {
            let figures = figures.get(&(stage.unit, stage.period, stage.stage)).copied();
            lines.push(deals_line(findings, stage, figures, weak == Some(index), extras));
        }
    }
    if lines.is_empty() {
        return None;
    }
    let word = |key: &str| findings.word(key);
    let mut columns = vec![
        Column::new(word("head.level")),
        Column::new(word("head.unit")),
        Column::new(word("head.period")),
        Column::new(word("head.stage")),
        Column::new(word("head.open")).of(Scenario::Actual),
        Column::new(word("head.open_value")).of(Scenario::Actual),
        Column::new(word("head.weighted_value")),
    ];
    columns.extend(is_given.then(|| Column::new(word("head.given_probability"))));
    columns.extend([
        Column::new(word("head.measured_probability")),
        Column::new(word("head.reached")).of(Scenario::Actual).with_bars(),
        Column::new(word("head.step_conversion")),
    ]);
    columns.extend(before);
    columns.extend([
        Column::new(word("head.overall_conversion")),
        Column::new(word("head.median_days")),
        Column::new(word("head.p90_days")),
        Column::new(word("head.stalled")),
        Column::new(word("head.skipped")),
        Column::new(word("head.moved_back")),
        Column::new(word("head.note")).wrapping(),
    ]);
    let company = |unit: Unit| unit == Unit::Company;
    let open = findings.deals.iter().find(|f| company(f.unit) && f.period.is_none()).map_or(0, |figures| figures.open);
    let at_stages: u32 =
        findings.stages.iter().filter(|f| company(f.unit) && f.period.is_none()).map(|figures| figures.open).sum();
    let title = match open.saturating_sub(at_stages) {
        0 => word("block.deal_stages").to_string(),
        unknown => findings.lang.say("block.deal_stages_unknown", &[("count", &unknown.to_string())]),
    };
    Some(Block::new(title, columns, lines))
}

fn deals_line(
    findings: &Findings<'_>,
    stage: &FunnelStage,
    figures: Option<&StageFigures>,
    is_weak: bool,
    (has_before, is_given): (bool, bool),
) -> Line {
    let tone = if is_weak { Tone::Bad } else { Tone::Plain };
    let note = if stage.lost_without_stage > 0 {
        findings.lang.say("note.lost_without_stage", &[("count", &stage.lost_without_stage.to_string())])
    } else {
        (if is_weak { findings.word("note.weakest_step") } else { "" }).to_string()
    };
    let count = |of: &dyn Fn(&StageFigures) -> u32| figures.map_or(Item::Blank, |figures| number(of(figures)));
    let value = |of: &dyn Fn(&StageFigures) -> Option<Amount>, look| Item::number(figures.and_then(of), look);
    let mut items = unit_items(findings, stage.unit);
    items.extend([
        Item::text(period_name(findings, stage.period)),
        Item::text(stage_word(stage.key(findings.facts), findings.lang)),
        count(&|figures| figures.open),
        value(&|figures| figures.open_value, Look::Money(0)),
        figures.map_or(Item::Blank, |figures| weighted(figures.weighted_value, figures.n_unweighted)),
    ]);
    items.extend(is_given.then(|| value(&|figures| figures.given_probability, Look::Percent)));
    items.extend([
        value(&|figures| figures.measured_probability, Look::Percent),
        Item::tally(&stage.reached, Look::Amount(0)),
        Item::toned(stage.step_conversion, Look::Percent, tone),
    ]);
    let now = items.len() - 1;
    items.extend(has_before.then(|| year_before_items(stage, now)).into_iter().flatten());
    items.extend([
        Item::number(stage.overall_conversion, Look::Percent),
        value(&|figures| figures.days.median, Look::Amount(1)),
        value(&|figures| figures.days.p90, Look::Amount(1)),
        count(&|figures| figures.stalled),
        count(&|figures| figures.skipped),
        count(&|figures| figures.moved_back),
        Item::text(note),
    ]);
    Line { role: role(stage.order), depth: 0, items }
}

/// How the deals of the whole came to each stage and left it in the focus period.
fn flows_block(findings: &Findings<'_>) -> Option<Block> {
    let period = findings.focus?;
    let is_shown = |figures: &&StageFlowFigures| figures.unit == Unit::Company && figures.period == period;
    let line = |figures: &StageFlowFigures| {
        let stage = figures.stage.map(|stage| stage_word(&findings.facts.deals.stages[stage], findings.lang));
        let flow = &figures.flow;
        let item = |n: u32| Item::number(Some(Amount::whole(i64::from(n))), Look::Amount(0));
        let less = |n: u32| Item::number(Some(Amount::whole(-i64::from(n))), Look::Amount(0));
        let items = vec![
            Item::text(stage.unwrap_or_else(|| findings.word("word.stage_not_dated").to_string())),
            item(flow.opening),
            item(flow.entered),
            less(flow.advanced),
            less(flow.moved_back),
            less(flow.lost),
            less(flow.left_otherwise),
            item(flow.closing),
            number(figures.undated),
        ];
        Line { role: LineRole::Detail, depth: 0, items }
    };
    let lines: Vec<Line> = findings.stage_flows.iter().filter(is_shown).map(line).collect();
    if lines.is_empty() {
        return None;
    }
    let heads =
        ["stage", "opening", "entered", "advanced", "moved_back", "lost", "left_otherwise", "closing", "stage_undated"];
    let columns = heads.iter().map(|head| Column::new(findings.word(&format!("head.{head}")))).collect();
    let period = findings.period_words(period);
    Some(Block::new(findings.lang.say("block.stage_flows", &[("period", &period)]), columns, lines))
}

/// What is open against what is still to sell, and how fast deals are won: all deals, and the coverage of the focus
/// period.
fn coverage_block(findings: &Findings<'_>) -> Option<Block> {
    let asked = findings.facts.scope.period;
    let in_focus: HashMap<Unit, &DealFigures> = findings
        .deals
        .iter()
        .filter(|f| f.period.is_some() && f.period == findings.focus)
        .map(|f| (f.unit, f))
        .collect();
    let lines: Vec<Line> = findings
        .deals
        .iter()
        .filter(|figures| figures.period == asked)
        .map(|figures| {
            let focus = in_focus.get(&figures.unit);
            let covered = |of: &dyn Fn(&DealFigures) -> Option<Amount>| focus.and_then(|figures| of(figures));
            let coverage = covered(&|figures| figures.coverage_remaining);
            let is_thin = coverage.is_some_and(|coverage| coverage < Amount::whole(THIN_COVERAGE));
            let mut items = unit_items(findings, figures.unit);
            items.extend([
                number(figures.open),
                Item::number(figures.open_value, Look::Money(0)),
                weighted(figures.weighted_value, figures.n_unweighted),
                Item::number(covered(&|figures| figures.remaining_target), Look::Money(0)),
                Item::toned(coverage, Look::Amount(2), if is_thin { Tone::Bad } else { Tone::Plain }),
                Item::number(covered(&|figures| figures.coverage_target), Look::Amount(2)),
                Item::number(figures.win_rate(), Look::Percent),
                Item::number(figures.average_won_value, Look::Money(0)),
                Item::number(figures.days_to_close_won.average, Look::Amount(1)),
                Item::number(figures.days_to_close_won.median, Look::Amount(1)),
                Item::number(figures.velocity(), Look::Money(2)),
            ]);
            Line { role: role(usize::from(figures.unit != Unit::Company)), depth: 0, items }
        })
        .collect();
    if lines.is_empty() {
        return None;
    }
    let word = |key: &str| findings.word(key);
    let columns = vec![
        Column::new(word("head.level")),
        Column::new(word("head.unit")),
        Column::new(word("head.open")).of(Scenario::Actual),
        Column::new(word("head.open_value")).of(Scenario::Actual),
        Column::new(word("head.weighted_value")),
        Column::new(word("head.remaining_target")).of(Scenario::Plan),
        Column::new(word("head.coverage_remaining")),
        Column::new(word("head.coverage_target")),
        Column::new(word("head.win_rate")),
        Column::new(word("head.average_won_value")),
        Column::new(word("head.average_days")),
        Column::new(word("head.median_days")),
        Column::new(word("head.velocity")),
    ];
    let period =
        findings.focus.map_or_else(|| word("word.all_periods").to_string(), |period| findings.period_words(period));
    Some(Block::new(findings.lang.say("block.coverage", &[("period", &period)]), columns, lines))
}

/// A weighted value, with the mark of the deals that have no probability.
fn weighted(value: Option<Amount>, n_unweighted: u32) -> Item {
    match Item::number(value, Look::Money(0)) {
        Item::Number(figure) => Item::Number(Figure { n_unreadable: n_unweighted, ..figure }),
        item => item,
    }
}

/// The bridges of the whole, in deals and in money.
fn pipeline_block(findings: &Findings<'_>) -> Option<Block> {
    let mut lines = Vec::new();
    for figures in findings.pipeline.iter().filter(|figures| figures.unit == Unit::Company) {
        lines.push(bridge_line(findings, figures, true));
        lines.push(bridge_line(findings, figures, false));
    }
    if lines.is_empty() {
        return None;
    }
    let heads = [
        "period",
        "pipeline",
        "measure",
        "opening",
        "new",
        "pulled_in",
        "increased",
        "won",
        "lost",
        "pushed_out",
        "decreased",
        "closing",
    ];
    let columns = heads.iter().map(|head| Column::new(findings.word(&format!("head.{head}")))).collect();
    Some(Block::new(findings.word("block.pipeline"), columns, lines))
}

fn bridge_line(findings: &Findings<'_>, figures: &PipelineFigures, is_count: bool) -> Line {
    let bridge: &Bridge = &figures.bridge;
    let of = |sum: Sum| if is_count { Some(Amount::whole(sum.deals)) } else { sum.known_value() };
    let look = if is_count { Look::Amount(0) } else { Look::Money(0) };
    let item = |value: Option<Amount>| Item::number(value, look);
    let less = |value: Option<Amount>| Item::number(value.map(|value| -value), look);
    let change = |value: Amount| if is_count { Item::Blank } else { item(Some(value)) };
    let between = match figures.between {
        crate::analysis::pipeline::Between::Period(period) => findings.period_name(period),
        exports @ crate::analysis::pipeline::Between::Exports(..) => exports.to_string(),
    };
    let items = vec![
        Item::text(between),
        Item::text(findings.word(match figures.pipeline {
            Pipeline::Open => "pipeline.open",
            Pipeline::Due => "pipeline.due",
        })),
        Item::text(findings.word(if is_count { "measure.deals" } else { "measure.value" })),
        item(of(bridge.opening)),
        item(of(bridge.new)),
        item(of(bridge.pulled_in)),
        change(bridge.increased),
        less(of(bridge.won)),
        less(of(bridge.lost)),
        less(of(bridge.pushed_out)),
        change(-bridge.decreased),
        item(of(bridge.closing)),
    ];
    Line { role: LineRole::Detail, depth: 0, items }
}

/// The differences of the focus period, or of the last one that has any.
fn shown_shortfalls<'a>(findings: &'a Findings<'_>) -> Vec<&'a Shortfall> {
    let in_period = |period: Option<Period>| {
        findings.shortfalls.iter().filter(|shortfall| Some(shortfall.period) == period).collect::<Vec<_>>()
    };
    let in_focus = in_period(findings.focus);
    if !in_focus.is_empty() {
        return in_focus;
    }
    let days = |period: &Period| {
        let days = findings.facts.calendar.span(*period);
        (days.last, std::cmp::Reverse(days.first))
    };
    in_period(findings.shortfalls.iter().map(|shortfall| shortfall.period).max_by_key(days))
}

/// What made the differences.
fn shortfall_block(findings: &Findings<'_>) -> Option<Block> {
    let shown = shown_shortfalls(findings);
    let mut lines = Vec::new();
    for shortfall in shown {
        for (index, part) in shortfall.parts.iter().enumerate() {
            lines.push(part_line(findings, shortfall, part, index));
        }
    }
    if lines.is_empty() {
        return None;
    }
    let word = |key: &str| findings.word(key);
    let columns = vec![
        Column::new(word("head.level")),
        Column::new(word("head.unit")),
        Column::new(word("head.period")),
        Column::new(word("head.against")),
        Column::new(word("head.factor")),
        Column::new(word("head.base_value")).of(Scenario::Plan),
        Column::new(word("head.ac")).of(Scenario::Actual),
        Column::new(word("head.effect")).with_bars(),
        Column::new(word("head.share")),
        Column::new(word("head.note")).wrapping(),
    ];
    Some(Block::new(word("block.shortfall"), columns, lines))
}

fn part_line(findings: &Findings<'_>, shortfall: &Shortfall, part: &Part, index: usize) -> Line {
    let tone = if part.effect.is_negative() { Tone::Bad } else { Tone::Plain };
    let look = factor_look(findings, part.factor);
    let mut items = unit_items(findings, shortfall.unit);
    items.extend([
        Item::text(findings.period_name(shortfall.period)),
        Item::text(findings.word(&format!("base.{}", shortfall.base.code().to_lowercase()))),
        Item::text(factor_name(findings, part.factor)),
        Item::number(Some(part.plan), look),
        Item::number(Some(part.actual), look),
        Item::toned(Some(part.effect), quantity_look(findings, shortfall.result).delta(), tone),
        Item::number(part.share, Look::Percent),
        Item::text(if index == 0 { sentence(findings, shortfall) } else { String::new() }),
    ]);
    Line { role: role(index), depth: 0, items }
}

/// What differs, from what, by how much, and which factor made most of it.
fn sentence(findings: &Findings<'_>, shortfall: &Shortfall) -> String {
    let gap = shortfall.gap();
    let Some(largest) = shortfall.largest() else { return findings.word("message.no_shortfall").to_string() };
    let key = if gap.is_negative() { "message.shortfall" } else { "message.surplus" };
    let look = quantity_look(findings, shortfall.result);
    let base = findings.word(&format!("base.{}", shortfall.base.code().to_lowercase()));
    findings.lang.say(
        key,
        &[
            ("result", &quantity_name(findings, shortfall.result)),
            ("gap", &findings.in_words(gap.abs(), look)),
            ("base", base),
            ("factor", &factor_name(findings, largest.factor)),
            ("effect", &findings.in_words(largest.effect.abs(), look)),
        ],
    )
}

/// Whether an effect is more than nothing at the digits that sentences have.
fn says_anything(part: &Part) -> bool {
    !part.effect.rounded(0).is_zero()
}

/// Every factor that went with a difference, with what it made of it.
pub(super) fn shortfall_words(findings: &Findings<'_>, shortfall: &Shortfall) -> String {
    let is_down = shortfall.gap().is_negative();
    let mut parts: Vec<&Part> =
        shortfall.parts.iter().filter(|part| part.effect.is_negative() == is_down && says_anything(part)).collect();
    parts.sort_by_key(|part| std::cmp::Reverse(part.effect.abs()));
    let sign = if is_down { "-" } else { "+" };
    let said = parts
        .iter()
        .map(|part| format!("{} {sign}{}", factor_name(findings, part.factor), part.effect.abs().grouped(0)));
    let base = findings.word(&format!("base.{}", shortfall.base.code().to_lowercase()));
    let effects = said.collect::<Vec<_>>().join(findings.word("cause.comma"));
    let result = quantity_name(findings, shortfall.result);
    findings.lang.say("cause.shortfall", &[("result", &result), ("base", base), ("effects", &effects)])
}

fn quantity_name(findings: &Findings<'_>, quantity: Quantity) -> String {
    match quantity {
        Quantity::Metric(metric) => findings.metric_name(metric),
        Quantity::Decided => findings.word("quantity.decided").to_string(),
        Quantity::Won => findings.word("quantity.won").to_string(),
        Quantity::WonValue => findings.word("quantity.won_value").to_string(),
    }
}

/// A factor as people call it: a rate with a name of its own, else one quantity per another.
pub(super) fn factor_name(findings: &Findings<'_>, factor: Factor) -> String {
    match factor {
        Factor::Quantity(quantity) => quantity_name(findings, quantity),
        Factor::Ratio { of: Quantity::Won, per: Quantity::Decided } => findings.word("head.win_rate").to_string(),
        Factor::Ratio { of: Quantity::WonValue, .. } => findings.word("head.average_won_value").to_string(),
        Factor::Ratio { of, per } => named_rate(findings, of, per)
            .unwrap_or_else(|| format!("{} ÷ {}", quantity_name(findings, of), quantity_name(findings, per))),
    }
}

/// The metric that is this quotient: conversion, market share.
fn named_rate(findings: &Findings<'_>, of: Quantity, per: Quantity) -> Option<String> {
    let (Quantity::Metric(of), Quantity::Metric(per)) = (of, per) else { return None };
    let metrics = &findings.facts.metrics;
    let is_it = |formula: &crate::metric::Formula| {
        matches!(formula, crate::metric::Formula::Ratio { numerator, denominator }
            if *numerator == metrics[of].key && *denominator == metrics[per].key)
    };
    let position = metrics.iter().position(|metric| is_it(&metric.formula))?;
    Some(findings.metric_name(position))
}

fn is_money(findings: &Findings<'_>, quantity: Quantity) -> bool {
    match quantity {
        Quantity::Metric(metric) => findings.metric(metric).unit == MetricUnit::Money,
        Quantity::WonValue => true,
        Quantity::Decided | Quantity::Won => false,
    }
}

fn quantity_look(findings: &Findings<'_>, quantity: Quantity) -> Look {
    if is_money(findings, quantity) { Look::Money(0) } else { Look::Amount(0) }
}

/// Rates of counts are percentages; money per something has cents.
fn factor_look(findings: &Findings<'_>, factor: Factor) -> Look {
    match factor {
        Factor::Quantity(quantity) => quantity_look(findings, quantity),
        Factor::Ratio { of, per } if is_money(findings, of) == is_money(findings, per) => Look::Percent,
        Factor::Ratio { .. } => Look::Amount(2),
    }
}
